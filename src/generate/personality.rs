//! Customers of a food and wine retailer, in the shape of the public 29-column file.

use std::fmt::Write;

use super::Draw;
use crate::dataset::dates::format_iso;

const HEADER: &str = "ID\tYear_Birth\tEducation\tMarital_Status\tIncome\tKidhome\tTeenhome\tDt_Customer\tRecency\tMntWines\tMntFruits\tMntMeatProducts\tMntFishProducts\tMntSweetProducts\tMntGoldProds\tNumDealsPurchases\tNumWebPurchases\tNumCatalogPurchases\tNumStorePurchases\tNumWebVisitsMonth\tAcceptedCmp3\tAcceptedCmp4\tAcceptedCmp5\tAcceptedCmp1\tAcceptedCmp2\tComplain\tZ_CostContact\tZ_Revenue\tResponse\n";

/// First enrolment, 2012-07-30, in days since 1970-01-01.
const FIRST_DAY: f64 = 15_551.0;
/// Days from the first to the last enrolment.
const DAYS: f64 = 699.0;

/// A planted kind of customer.
struct Kind {
    share: f64,
    income: f64,
    spent: f64,
    /// Deal, web, catalogue and store purchases.
    purchases: [f64; 4],
    /// Enrolment, 0 early to 1 late, as mean.
    enrolled: f64,
    web_visits: f64,
    kids: f64,
    accepts: f64,
    wine: f64,
}

const KINDS: [Kind; 4] = [
    Kind {
        share: 0.24,
        income: 74_000.0,
        spent: 1_350.0,
        purchases: [1.4, 5.2, 5.8, 8.3],
        enrolled: 0.5,
        web_visits: 3.0,
        kids: 0.2,
        accepts: 0.18,
        wine: 0.48,
    },
    Kind {
        share: 0.27,
        income: 58_000.0,
        spent: 640.0,
        purchases: [3.6, 6.4, 2.8, 7.6],
        enrolled: 0.42,
        web_visits: 5.6,
        kids: 1.1,
        accepts: 0.08,
        wine: 0.58,
    },
    Kind {
        share: 0.25,
        income: 35_500.0,
        spent: 70.0,
        purchases: [1.7, 1.9, 0.4, 3.1],
        enrolled: 0.76,
        web_visits: 5.9,
        kids: 1.2,
        accepts: 0.04,
        wine: 0.42,
    },
    Kind {
        share: 0.24,
        income: 36_500.0,
        spent: 95.0,
        purchases: [2.3, 2.4, 0.5, 3.3],
        enrolled: 0.24,
        web_visits: 7.0,
        kids: 1.25,
        accepts: 0.05,
        wine: 0.44,
    },
];

pub(super) fn text(rows: usize, random: &mut Draw) -> String {
    let mut text = String::with_capacity(HEADER.len() + rows * 100);
    text.push_str(HEADER);
    let weights: Vec<(usize, f64)> = KINDS.iter().enumerate().map(|(index, kind)| (index, kind.share)).collect();
    for row in 0..rows {
        let kind = &KINDS[random.one_of(&weights)];
        customer(&mut text, row, kind, random);
    }
    text
}

fn customer(text: &mut String, row: usize, kind: &Kind, random: &mut Draw) {
    let income = random.normal(kind.income, 9_500.0).max(2_500.0);
    let wealth = (income / kind.income).clamp(0.4, 1.8);
    let spent = random.skewed(kind.spent * wealth, 0.38).clamp(6.0, 2_520.0);
    let amounts = split(spent, kind, random);
    let purchases = kind.purchases.map(|mean| random.count(mean));
    let purchases = if random.chance(0.003) { [0; 4] } else { at_least_one(purchases) };
    let (kidhome, teenhome) = children(kind, random);
    let enrolled = (kind.enrolled + random.normal(0.0, 0.17)).clamp(0.0, 1.0);
    let day = (FIRST_DAY + enrolled * DAYS).round();
    let responds = (kind.accepts * (1.9 - enrolled)).min(0.9);
    let campaigns = [1.0, 1.05, if spent > 900.0 { 2.4 } else { 0.2 }, 0.9, 0.15]
        .map(|pull| u8::from(random.chance((kind.accepts * pull).min(0.9))));
    let response = u8::from(random.chance(responds));
    let age = random.normal(45.0 + 3.0 * f64::from(teenhome), 11.0).clamp(18.0, 80.0);
    let birth = if random.chance(0.0015) { 1893 + random.below(8) } else { (2014.0 - age) as u32 };
    let _ = write!(
        text,
        "{}\t{birth}\t{}\t{}\t{}\t{kidhome}\t{teenhome}\t{}\t{}",
        1 + row * 5 + random.below(5) as usize,
        education(random),
        marital_status(random),
        written_income(income, random),
        day_month_year(day),
        random.below(100),
    );
    for amount in amounts {
        let _ = write!(text, "\t{amount:.0}");
    }
    for count in purchases {
        let _ = write!(text, "\t{count}");
    }
    let _ = write!(text, "\t{}", random.count(kind.web_visits).min(20));
    for accepted in campaigns {
        let _ = write!(text, "\t{accepted}");
    }
    let _ = writeln!(text, "\t{}\t3\t11\t{response}", u8::from(random.chance(0.009)));
}

/// Wines, fruits, meat, fish, sweets and gold.
fn split(spent: f64, kind: &Kind, random: &mut Draw) -> [f64; 6] {
    let mut weights =
        [kind.wine, 0.045, (0.84 - kind.wine) * 0.72, 0.06, 0.045, 0.08].map(|share| random.skewed(share, 0.45));
    let total: f64 = weights.iter().sum();
    for weight in &mut weights {
        *weight = (*weight / total * spent).round();
    }
    weights
}

fn at_least_one(mut purchases: [u32; 4]) -> [u32; 4] {
    if purchases.iter().all(|count| *count == 0) {
        purchases[3] = 1;
    }
    purchases
}

fn children(kind: &Kind, random: &mut Draw) -> (u32, u32) {
    let small = u32::from(random.chance(kind.kids * 0.42)) + u32::from(random.chance(kind.kids * 0.02));
    let teen = u32::from(random.chance(kind.kids * 0.4 + 0.08)) + u32::from(random.chance(0.02));
    (small, teen)
}

fn education(random: &mut Draw) -> &'static str {
    random.one_of(&[("Graduation", 0.503), ("PhD", 0.217), ("Master", 0.165), ("2n Cycle", 0.091), ("Basic", 0.024)])
}

fn marital_status(random: &mut Draw) -> &'static str {
    random.one_of(&[
        ("Married", 0.386),
        ("Together", 0.259),
        ("Single", 0.214),
        ("Divorced", 0.104),
        ("Widow", 0.034),
        ("Alone", 0.001_5),
        ("Absurd", 0.001),
        ("YOLO", 0.001),
    ])
}

/// Income as people report it: sometimes not at all, sometimes beyond belief.
fn written_income(income: f64, random: &mut Draw) -> String {
    if random.chance(0.011) {
        String::new()
    } else if random.chance(0.003) {
        (150_000 + random.below(20_000)).to_string()
    } else {
        format!("{income:.0}")
    }
}

fn day_month_year(day: f64) -> String {
    let iso = format_iso(day);
    let mut parts = iso.split('-').rev();
    let mut next = || parts.next().unwrap_or_default();
    format!("{}-{}-{}", next(), next(), next())
}
