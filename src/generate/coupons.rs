//! Coupons of a loyalty programme: keen users, collectors who seldom use one, occasional and lapsed customers, with statuses
//! spelt in several ways, impossible days, unknown cities and a stray column.

use std::fmt::Write;

use super::Draw;
use crate::dataset::dates;

/// Days covered.
const DAYS: u32 = 540;

const CITIES: [(&str, f64); 12] = [
    ("Amman", 0.27),
    ("Zarqa", 0.14),
    ("Irbid", 0.13),
    ("Aqaba", 0.08),
    ("Salt", 0.08),
    ("Madaba", 0.07),
    ("Mafraq", 0.06),
    ("Jerash", 0.05),
    ("Ajloun", 0.04),
    ("Karak", 0.04),
    ("Tafilah", 0.02),
    ("Ma'an", 0.02),
];

/// Merchant, branches, share of the coupons.
const MERCHANTS: [(&str, u32, f64); 12] = [
    ("Corner Bakery", 9, 0.17),
    ("Burger Yard", 8, 0.15),
    ("Green Pharmacy", 7, 0.12),
    ("City Cinema", 4, 0.10),
    ("Pure Fitness", 4, 0.08),
    ("Book Nook", 3, 0.08),
    ("Fresh Market", 6, 0.08),
    ("Optic House", 3, 0.06),
    ("Shoe Lane", 3, 0.05),
    ("Pet Friends", 2, 0.05),
    ("Garden World", 2, 0.03),
    ("Toy Box", 2, 0.03),
];

const COUPONS: [(&str, f64); 6] = [
    ("10 % off", 0.34),
    ("2 for 1", 0.24),
    ("Free drink", 0.16),
    ("20 % off", 0.14),
    ("Birthday gift", 0.07),
    ("50 % off", 0.05),
];

/// A kind of customer: share, coupons on average, share burned, median days to burning, first and last day of activity as shares
/// of the period.
struct Kind {
    share: f64,
    coupons: f64,
    burned: f64,
    wait: f64,
    active: (f64, f64),
}

const KINDS: [Kind; 4] = [
    Kind { share: 0.25, coupons: 14.0, burned: 0.78, wait: 4.0, active: (0.0, 1.0) },
    Kind { share: 0.30, coupons: 10.0, burned: 0.10, wait: 22.0, active: (0.1, 1.0) },
    Kind { share: 0.27, coupons: 2.5, burned: 0.55, wait: 9.0, active: (0.6, 1.0) },
    Kind { share: 0.18, coupons: 3.5, burned: 0.35, wait: 12.0, active: (0.0, 0.45) },
];

/// Coupons of a customer on average over all kinds.
const ROWS_PER_CUSTOMER: f64 = 7.8;

/// A coupon to be written.
struct Coupon {
    day: i32,
    customer: usize,
    burned_after: Option<i32>,
}

/// The files, that of the transactions first.
pub(super) fn files(rows: usize, random: &mut Draw) -> Vec<(&'static str, String)> {
    let customers = ((rows as f64 / ROWS_PER_CUSTOMER).ceil() as usize).max(1);
    let (people, coupons) = people_and_coupons(customers, rows, random);
    vec![
        ("raw/transactions.csv", transactions(&coupons, rows, random)),
        ("raw/customers.csv", people),
        ("raw/genders.csv", "gender_id,gender_name\n1,Female\n2,Male\n3,Not said\n".to_owned()),
        ("raw/cities.csv", cities()),
        ("raw/branches.csv", branches()),
        ("raw/merchants.csv", merchants()),
    ]
}

fn first_day() -> i32 {
    dates::parse_iso("2023-01-01").unwrap_or_default()
}

fn text_of(day: i32) -> String {
    dates::format_iso(f64::from(day))
}

fn id_of(customer: usize) -> usize {
    2_000 + customer
}

fn people_and_coupons(customers: usize, rows: usize, random: &mut Draw) -> (String, Vec<Coupon>) {
    // The last column has no name and no values, as exports of spreadsheets have.
    let mut people = String::from("customer_id,join_date,city_id,gender_id,\n");
    let mut coupons = Vec::with_capacity(rows + rows / 3);
    let cities: Vec<(usize, f64)> = CITIES.iter().enumerate().map(|(at, city)| (at + 1, city.1)).collect();
    let mut customer = 0;
    while customer < customers || coupons.len() < rows {
        let place = (customer % customers) as f64 / customers as f64;
        let mut below = 0.0;
        let kind = KINDS.iter().find(|kind| {
            below += kind.share;
            place < below
        });
        let kind = kind.unwrap_or(&KINDS[0]);
        let days = f64::from(DAYS);
        let (from, to) = (kind.active.0 * days, kind.active.1 * days);
        let first = from + random.share() * 0.3 * (to - from);
        if customer < customers {
            let joined = first_day() + first as i32 - random.below(120) as i32;
            let city = if random.chance(0.01) { 99 } else { random.one_of(&cities) };
            let gender = random.one_of(&[(1, 0.55), (2, 0.42), (3, 0.03)]);
            _ = writeln!(people, "{},{},{city},{gender},", id_of(customer), text_of(joined));
        }
        for _ in 0..random.count(kind.coupons).max(1) {
            let day = first_day() + (first + random.share() * (to - first)) as i32;
            let burned_after =
                random.chance(kind.burned).then(|| (random.skewed(kind.wait, 0.7).round() as i32).clamp(0, 90));
            coupons.push(Coupon { day, customer: customer % customers, burned_after });
        }
        customer += 1;
    }
    coupons.sort_by_key(|coupon| (coupon.day, coupon.customer));
    // Evenly thinned, so that a part of the rows still covers the whole period.
    let keep = rows as f64 / coupons.len() as f64;
    let mut share = 0.0;
    coupons.retain(|_| {
        share += keep;
        let is_kept = share >= 1.0 - 1e-9;
        share -= f64::from(u8::from(is_kept));
        is_kept
    });
    (people, coupons)
}

fn transactions(coupons: &[Coupon], rows: usize, random: &mut Draw) -> String {
    let mut text = String::from(
        "transaction_id,customer_id,transaction_date,transaction_status,coupon_name,burn_date,branch_id\n",
    );
    let merchants: Vec<(usize, f64)> = MERCHANTS.iter().enumerate().map(|(at, merchant)| (at, merchant.2)).collect();
    let names: Vec<(usize, f64)> = COUPONS.iter().enumerate().map(|(at, coupon)| (at, coupon.1)).collect();
    for row in 0..rows {
        let Some(coupon) = coupons.get(row.min(coupons.len().saturating_sub(1))) else { break };
        let merchant = random.one_of(&merchants);
        let first_branch: u32 = 100 + MERCHANTS[..merchant].iter().map(|merchant| merchant.1).sum::<u32>();
        let branch = first_branch + random.below(MERCHANTS[merchant].1);
        let status = match coupon.burned_after {
            Some(_) => random.one_of(&[("burned", 0.8), ("burnt", 0.17), ("Burned ", 0.03)]),
            None => random.one_of(&[("claimed", 0.62), ("subscribed", 0.35), ("Claimed", 0.03)]),
        };
        let burned = coupon.burned_after.map(|days| if random.chance(0.003) { -3 } else { days });
        let burned = burned.map_or_else(String::new, |days| text_of(coupon.day + days));
        let who = if random.chance(0.01) { String::new() } else { id_of(coupon.customer).to_string() };
        _ = writeln!(
            text,
            "{},{who},{},{status},{},{burned},{branch}",
            500_001 + row,
            text_of(coupon.day),
            COUPONS[random.one_of(&names)].0
        );
    }
    text
}

fn cities() -> String {
    let mut text = String::from("city_id,city_name\n");
    for (at, (name, _)) in CITIES.iter().enumerate() {
        _ = writeln!(text, "{},{name}", at + 1);
    }
    text
}

fn branches() -> String {
    let mut text = String::from("branch_id,merchant_id\n");
    let mut branch = 100;
    for (at, (_, count, _)) in MERCHANTS.iter().enumerate() {
        for _ in 0..*count {
            _ = writeln!(text, "{branch},{}", at + 1);
            branch += 1;
        }
    }
    text
}

fn merchants() -> String {
    let mut text = String::from("merchant_id,merchant_name\n");
    for (at, (name, ..)) in MERCHANTS.iter().enumerate() {
        _ = writeln!(text, "{},{name}", at + 1);
    }
    text
}
