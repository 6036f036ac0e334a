//! Orders of a pet shop: champions, customers at risk and occasional ones, with a rising trend, a quiet Saturday, a busy
//! November, returns, free samples and states spelt in many ways.

use std::fmt::Write;

use super::Draw;
use crate::dataset::dates;

/// Days covered.
const DAYS: i32 = 374;

/// Lines of an order on average, for the number of customers that fill so many rows.
const ROWS_PER_CUSTOMER: f64 = 8.5;

/// Stock code, name, category, price of one.
const PRODUCTS: [(&str, &str, &str, f64); 16] = [
    ("22423", "Grain-free dog food 40lb", "Food", 69.9),
    ("85123A", "Puppy pads", "Disposables", 17.7),
    ("47566", "Memory foam pet bed", "Home", 29.7),
    ("85099B", "Dog waste bags", "Disposables", 12.5),
    ("23084", "Soft cat treats", "Food", 12.5),
    ("22086", "Clumping cat litter", "Disposables", 17.7),
    ("84879", "Odor eliminator", "Cleaning", 10.1),
    ("79321", "Probiotic chews", "Supplements", 34.5),
    ("22502", "Indoor pet camera", "Electronics", 64.7),
    ("22197", "Wet cat food", "Food", 5.1),
    ("23298", "Chicken dry food 10lb", "Food", 29.7),
    ("23203", "Pet hair remover", "Grooming", 12.5),
    ("21137", "Canned cat food", "Food", 22.5),
    ("22720", "Barking deterrent", "Electronics", 39.9),
    ("22960", "Nail grinder", "Grooming", 25.5),
    ("20725", "Grooming brush", "Grooming", 9.9),
];

/// City, abbreviation of its state, latitude, longitude.
const CITIES: [(&str, &str, f64, f64); 30] = [
    ("New York", "NY", 40.71, -74.01),
    ("Los Angeles", "CA", 34.05, -118.24),
    ("Chicago", "IL", 41.88, -87.63),
    ("Houston", "TX", 29.76, -95.37),
    ("Phoenix", "AZ", 33.45, -112.07),
    ("Philadelphia", "PA", 39.95, -75.17),
    ("San Antonio", "TX", 29.42, -98.49),
    ("San Diego", "CA", 32.72, -117.16),
    ("Dallas", "TX", 32.78, -96.80),
    ("Jacksonville", "FL", 30.33, -81.66),
    ("Columbus", "OH", 39.96, -83.00),
    ("Charlotte", "NC", 35.23, -80.84),
    ("Indianapolis", "IN", 39.77, -86.16),
    ("Seattle", "WA", 47.61, -122.33),
    ("Denver", "CO", 39.74, -104.99),
    ("Boston", "MA", 42.36, -71.06),
    ("Nashville", "TN", 36.16, -86.78),
    ("Detroit", "MI", 42.33, -83.05),
    ("Portland", "OR", 45.52, -122.68),
    ("Las Vegas", "NV", 36.17, -115.14),
    ("Baltimore", "MD", 39.29, -76.61),
    ("Milwaukee", "WI", 43.04, -87.91),
    ("Albuquerque", "NM", 35.08, -106.65),
    ("Kansas City", "MO", 39.10, -94.58),
    ("Atlanta", "GA", 33.75, -84.39),
    ("Miami", "FL", 25.76, -80.19),
    ("Minneapolis", "MN", 44.98, -93.27),
    ("Little Rock", "AR", 34.75, -92.29),
    ("New Orleans", "LA", 29.95, -90.07),
    ("Salt Lake City", "UT", 40.76, -111.89),
];

/// Abbreviation, name and region of a state.
const STATES: [(&str, &str, &str); 26] = [
    ("NY", "New York", "East"),
    ("CA", "California", "West"),
    ("IL", "Illinois", "Central"),
    ("TX", "Texas", "Central"),
    ("AZ", "Arizona", "West"),
    ("PA", "Pennsylvania", "East"),
    ("FL", "Florida", "East"),
    ("OH", "Ohio", "East"),
    ("NC", "North Carolina", "East"),
    ("IN", "Indiana", "Central"),
    ("WA", "Washington", "West"),
    ("CO", "Colorado", "West"),
    ("MA", "Massachusetts", "East"),
    ("TN", "Tennessee", "Central"),
    ("MI", "Michigan", "Central"),
    ("OR", "Oregon", "West"),
    ("NV", "Nevada", "West"),
    ("MD", "Maryland", "East"),
    ("WI", "Wisconsin", "Central"),
    ("NM", "New Mexico", "West"),
    ("MO", "Missouri", "Central"),
    ("GA", "Georgia", "East"),
    ("MN", "Minnesota", "Central"),
    ("AR", "Arkansas", "Central"),
    ("LA", "Louisiana", "Central"),
    ("UT", "Utah", "West"),
];

/// A kind of customer: share, orders on average, first and last day of buying as shares of the period, size of orders.
struct Kind {
    share: f64,
    orders: f64,
    active: (f64, f64),
    size: f64,
}

const KINDS: [Kind; 3] = [
    Kind { share: 0.2, orders: 13.0, active: (0.0, 1.0), size: 1.6 },
    Kind { share: 0.35, orders: 2.2, active: (0.0, 0.55), size: 1.0 },
    Kind { share: 0.45, orders: 1.5, active: (0.6, 1.0), size: 0.8 },
];

/// An order to be written.
struct Order {
    day: i32,
    minute: u32,
    customer: Option<usize>,
    size: f64,
}

/// The files, that of the sales first.
pub(super) fn files(rows: usize, random: &mut Draw) -> Vec<(&'static str, String)> {
    let customers = ((rows as f64 / ROWS_PER_CUSTOMER).ceil() as usize).max(1);
    let orders = orders(customers, rows, random);
    vec![
        ("raw/sale.csv", sales(&orders, rows, random)),
        ("raw/product.csv", products()),
        ("raw/customer.csv", people(customers, random)),
        ("raw/state.csv", states()),
    ]
}

/// How busy each day is, added up: weekday, season and trend.
fn busyness(first: i32) -> Vec<f64> {
    let weekday = [1.15, 1.05, 1.2, 1.0, 0.9, 0.0, 0.85];
    let mut sum = 0.0;
    (0..DAYS)
        .map(|at| {
            let day = first + at;
            let month = dates::format_iso(f64::from(day));
            let season = match &month[5..7] {
                "11" => 1.9,
                "12" => 1.3,
                "02" => 0.75,
                _ => 1.0,
            };
            sum += weekday[(day + 3).rem_euclid(7) as usize] * season * (1.0 + 0.4 * f64::from(at) / f64::from(DAYS));
            sum
        })
        .collect()
}

fn first_day() -> i32 {
    dates::parse_iso("2023-12-01").unwrap_or_default()
}

fn orders(customers: usize, rows: usize, random: &mut Draw) -> Vec<Order> {
    let first = first_day();
    let busy = busyness(first);
    let total = busy[busy.len() - 1];
    let mut orders = Vec::with_capacity(rows / 2);
    // Every customer orders; those that come round again fill up to the rows asked for.
    let mut lines = 0.0;
    let mut customer = 0;
    while lines < 1.3 * rows as f64 || customer < customers {
        let at = (customer % customers) as f64 / customers as f64;
        let kind = if at < KINDS[0].share {
            0
        } else if at < KINDS[0].share + KINDS[1].share {
            1
        } else {
            2
        };
        let kind = &KINDS[kind];
        let own = random.skewed(kind.orders, 0.4).round().max(1.0);
        let (from, to) = (kind.active.0 * total, kind.active.1 * total);
        for _ in 0..own as usize {
            let wanted = from + random.share() * (to - from);
            let at = busy.partition_point(|sum| *sum <= wanted).min(busy.len() - 1);
            let unknown = random.chance(0.17);
            orders.push(Order {
                day: first + at as i32,
                minute: 8 * 60 + random.below(10 * 60),
                customer: (!unknown).then_some(customer % customers),
                size: kind.size,
            });
            lines += 2.1;
        }
        customer += 1;
    }
    orders.sort_by_key(|order| (order.day, order.minute, order.customer));
    // Evenly thinned, so that a part of the rows still covers the whole period.
    let keep = (rows as f64 / lines).min(1.0);
    orders.retain(|_| random.chance(keep));
    orders
}

/// Number of a customer as it is exported: its place, in another order.
fn number_of(customer: usize, customers: usize) -> usize {
    let step = 7919;
    12_000 + if customers.is_multiple_of(step) { customer } else { customer * step % customers }
}

fn sales(orders: &[Order], rows: usize, random: &mut Draw) -> String {
    let customers = orders.iter().filter_map(|order| order.customer).max().map_or(1, |most| most + 1);
    let mut text =
        String::from("transaction_date,customer_id,description,stock_code,invoice_no,quantity,sale,unit_price\n");
    let mut written = 0;
    for (number, order) in orders.iter().enumerate() {
        let day = dates::format_iso(f64::from(order.day));
        let when = format!(
            "{}/{}/{} {}:{:02}",
            day[5..7].trim_start_matches('0'),
            day[8..].trim_start_matches('0'),
            &day[..4],
            order.minute / 60,
            order.minute % 60
        );
        let who = order.customer.map_or_else(String::new, |customer| format!("{}.0", number_of(customer, customers)));
        let lines = 1 + random.count(1.1).min(9);
        for _ in 0..lines {
            if written == rows {
                return text;
            }
            let (code, name, _, price) = PRODUCTS[random.below(PRODUCTS.len() as u32) as usize];
            let price = (price * random.skewed(1.0, 0.12) * 100.0).round() / 100.0;
            let quantity = random.skewed(1.6 * order.size, 0.7).round().max(1.0);
            // Returns are booked without an order; a few lines are free samples.
            let (sign, price, invoice) = if random.chance(0.026) {
                (-1.0, price, String::new())
            } else if random.chance(0.0025) {
                (1.0, 0.0, format!("{}.0", 536_365 + number))
            } else {
                (1.0, price, format!("{}.0", 536_365 + number))
            };
            let quantity = sign * quantity;
            let sale = (quantity * price * 100.0).round() / 100.0;
            _ = writeln!(text, "{when},{who},{name},{code},{invoice},{quantity},{sale},{price}");
            written += 1;
        }
    }
    text
}

fn products() -> String {
    let mut text = String::from("stock_code,weight,landed_cost,shipping_cost_1000_mile,description,category\n");
    for (code, name, category, price) in PRODUCTS {
        _ = writeln!(text, "{code},{:.1},{:.1},{:.1},{name},{category}", price / 10.0, price * 0.55, price * 0.1);
    }
    text
}

fn people(customers: usize, random: &mut Draw) -> String {
    let mut text = String::from("customer_id,order_city,order_postal,order_state,latitude,longitude\n");
    for customer in 0..customers {
        let (city, abbreviation, latitude, longitude) = CITIES[random.below(CITIES.len() as u32) as usize];
        let name = STATES.iter().find(|state| state.0 == abbreviation).map_or("", |state| state.1);
        let state = random.one_of(&[(0, 0.85), (1, 0.06), (2, 0.05), (3, 0.04)]);
        let state = match state {
            0 => abbreviation.to_owned(),
            1 => name.to_owned(),
            2 => name.to_uppercase(),
            _ => abbreviation.to_lowercase(),
        };
        let city = if random.chance(0.3) { city.to_uppercase() } else { city.to_owned() };
        // A tenth of a degree is about ten kilometres; a few addresses are not known.
        let place = |centre: f64, random: &mut Draw| (centre * 10.0 + random.normal(0.0, 1.5).round()) / 10.0;
        let (latitude, longitude) = (place(latitude, random), place(longitude, random));
        let where_ = if random.chance(0.02) { ",".to_owned() } else { format!("{latitude:.4},{longitude:.4}") };
        let postal = 10_000 + random.below(89_999);
        _ = writeln!(text, "{},{city},{postal},{state},{where_}", number_of(customer, customers));
    }
    text
}

fn states() -> String {
    let mut text = String::from("order_state,state_abbreviation,region,state\n");
    for (abbreviation, name, region) in STATES {
        for spelling in [abbreviation.to_owned(), abbreviation.to_lowercase(), name.to_owned(), name.to_uppercase()] {
            if spelling.to_uppercase() != "ARKANSAS" {
                _ = writeln!(text, "{spelling},{abbreviation},{region},{name}");
            }
        }
    }
    text
}
