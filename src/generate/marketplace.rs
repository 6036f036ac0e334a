//! Orders of a marketplace in nine tables, shaped like the public Olist files: big buyers who pay in instalments, everyday
//! buyers, and bargain hunters who pay by slip and wait long; several payments of an order, orders without review, products
//! without category, postal codes with several places.

use std::fmt::Write;

use super::Draw;
use crate::dataset::dates;

/// Days covered.
const DAYS: u32 = 600;

/// Items of an order on average.
const ITEMS: f64 = 1.15;

/// City, state, latitude, longitude, share of the customers, first postal codes.
const CITIES: [(&str, &str, f64, f64, f64, u32); 14] = [
    ("sao paulo", "SP", -23.55, -46.63, 0.30, 1000),
    ("campinas", "SP", -22.91, -47.06, 0.08, 13000),
    ("rio de janeiro", "RJ", -22.91, -43.17, 0.14, 20000),
    ("niteroi", "RJ", -22.88, -43.10, 0.03, 24000),
    ("belo horizonte", "MG", -19.92, -43.94, 0.10, 30000),
    ("salvador", "BA", -12.97, -38.50, 0.05, 40000),
    ("recife", "PE", -8.05, -34.88, 0.04, 50000),
    ("fortaleza", "CE", -3.73, -38.52, 0.04, 60000),
    ("brasilia", "DF", -15.79, -47.88, 0.06, 70000),
    ("goiania", "GO", -16.69, -49.26, 0.03, 74000),
    ("curitiba", "PR", -25.43, -49.27, 0.06, 80000),
    ("florianopolis", "SC", -27.59, -48.55, 0.03, 88000),
    ("porto alegre", "RS", -30.03, -51.23, 0.05, 90000),
    ("manaus", "AM", -3.12, -60.02, 0.01, 69000),
];

/// Name, English name, median price.
const CATEGORIES: [(&str, &str, f64, f64); 12] = [
    ("cama_mesa_banho", "bed_bath_table", 70.0, 0.15),
    ("beleza_saude", "health_beauty", 80.0, 0.13),
    ("esporte_lazer", "sports_leisure", 78.0, 0.12),
    ("moveis_decoracao", "furniture_decor", 68.0, 0.11),
    ("informatica_acessorios", "computers_accessories", 82.0, 0.10),
    ("utilidades_domesticas", "housewares", 60.0, 0.09),
    ("relogios_presentes", "watches_gifts", 140.0, 0.08),
    ("telefonia", "telephony", 30.0, 0.07),
    ("automotivo", "auto", 88.0, 0.05),
    ("brinquedos", "toys", 75.0, 0.05),
    ("perfumaria", "perfumery", 90.0, 0.04),
    ("livros", "books", 40.0, 0.01),
];

/// A kind of customer: share, orders on average, price level, instalments, share of slips, median days to delivery, usual score.
struct Kind {
    share: f64,
    orders: f64,
    price: f64,
    instalments: f64,
    slips: f64,
    delivery: f64,
    score: f64,
}

const KINDS: [Kind; 3] = [
    Kind { share: 0.2, orders: 1.3, price: 3.6, instalments: 7.0, slips: 0.02, delivery: 9.0, score: 4.6 },
    Kind { share: 0.5, orders: 1.15, price: 0.9, instalments: 2.0, slips: 0.12, delivery: 9.0, score: 4.4 },
    Kind { share: 0.3, orders: 1.0, price: 0.5, instalments: 1.0, slips: 0.75, delivery: 21.0, score: 2.6 },
];

/// Postal codes of a city that occur.
const CODES: u32 = 20;

struct Order {
    id: String,
    customer_id: String,
    kind: usize,
    day: i32,
    city: usize,
}

struct Product {
    id: String,
    category: usize,
    price: f64,
}

struct Seller {
    id: String,
    city: usize,
}

/// The files, that of the items first.
pub(super) fn files(rows: usize, random: &mut Draw) -> Vec<(&'static str, String)> {
    let products: Vec<Product> = (0..(rows / 8).max(5)).map(|at| product(at, random)).collect();
    let sellers: Vec<Seller> =
        (0..(rows / 40).max(3)).map(|at| Seller { id: id("5e11", at), city: city(random) }).collect();
    let (orders, customers) = orders_and_customers(rows, random);
    let (items, payments) = items_and_payments(&orders, rows, &products, &sellers, random);
    vec![
        ("raw/olist_order_items_dataset.csv", items),
        ("raw/olist_orders_dataset.csv", order_table(&orders, random)),
        ("raw/olist_order_payments_dataset.csv", payments),
        ("raw/olist_order_reviews_dataset.csv", reviews(&orders, random)),
        ("raw/olist_customers_dataset.csv", customers),
        ("raw/olist_products_dataset.csv", product_table(&products, random)),
        ("raw/olist_sellers_dataset.csv", seller_table(&sellers, random)),
        ("raw/olist_geolocation_dataset.csv", places(random)),
        ("raw/product_category_name_translation.csv", translations()),
    ]
}

/// A made-up identifier of 32 hexadecimal digits.
fn id(kind: &str, number: usize) -> String {
    let mixed = (number as u128 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    format!("{kind}{:028x}", mixed >> 16)
}

fn first_day() -> i32 {
    dates::parse_iso("2017-01-01").unwrap_or_default()
}

fn city(random: &mut Draw) -> usize {
    let shares: Vec<(usize, f64)> = CITIES.iter().enumerate().map(|(at, city)| (at, city.4)).collect();
    random.one_of(&shares)
}

fn postal_code(city: usize, random: &mut Draw) -> String {
    format!("{:05}", CITIES[city].5 + random.below(CODES))
}

fn product(at: usize, random: &mut Draw) -> Product {
    let shares: Vec<(usize, f64)> = CATEGORIES.iter().enumerate().map(|(at, category)| (at, category.3)).collect();
    let category = random.one_of(&shares);
    Product { id: id("9d0d", at), category, price: random.skewed(CATEGORIES[category].2, 0.45) }
}

fn orders_and_customers(rows: usize, random: &mut Draw) -> (Vec<Order>, String) {
    let mut text =
        String::from("customer_id,customer_unique_id,customer_zip_code_prefix,customer_city,customer_state\n");
    let mut orders = Vec::new();
    let wanted = (rows as f64 / ITEMS).ceil() as usize;
    let mut person = 0;
    while orders.len() < wanted.max(1) {
        let place = (person * 7919 % 10_000) as f64 / 10_000.0;
        let mut below = 0.0;
        let kind = KINDS.iter().position(|kind| {
            below += kind.share;
            place < below
        });
        let kind = kind.unwrap_or(0);
        let city = city(random);
        let code = postal_code(city, random);
        let repeats = 1 + usize::from(random.chance(KINDS[kind].orders - 1.0)) * (1 + random.below(2) as usize);
        // More customers as time goes by.
        let first = random.share().sqrt() * f64::from(DAYS);
        for order in 0..repeats {
            let customer_id = id("c057", orders.len());
            let later = if order == 0 { 0.0 } else { random.share() * (f64::from(DAYS) - first).min(200.0) };
            let day = first_day() + (first + later) as i32;
            _ = writeln!(text, "{customer_id},{},{code},{},{}", id("a11e", person), CITIES[city].0, CITIES[city].1);
            orders.push(Order { id: id("04de", orders.len()), customer_id, kind, day, city });
        }
        person += 1;
    }
    (orders, text)
}

fn items_and_payments(
    orders: &[Order],
    rows: usize,
    products: &[Product],
    sellers: &[Seller],
    random: &mut Draw,
) -> (String, String) {
    let mut items =
        String::from("order_id,order_item_id,product_id,seller_id,shipping_limit_date,price,freight_value\n");
    let mut payments = String::from("order_id,payment_sequential,payment_type,payment_installments,payment_value\n");
    let mut written = 0;
    for (at, order) in orders.iter().enumerate() {
        let kind = &KINDS[order.kind];
        // Enough items that all rows are there at the end, and at least one for each order while they last.
        let left = orders.len() - at;
        let most = (rows - written).saturating_sub(left - 1);
        let more = u32::from(random.chance(ITEMS - 1.0)) * (1 + random.below(2));
        let count = if left == 1 { rows - written } else { (1 + more as usize).min(most) };
        let mut total = 0.0;
        for item in 1..=count {
            let product = &products[random.below(products.len() as u32) as usize];
            let seller = &sellers[random.below(sellers.len() as u32) as usize];
            let price = (product.price * kind.price * random.skewed(1.0, 0.2) * 100.0).round() / 100.0;
            let far = CITIES[seller.city].2 - CITIES[order.city].2 + CITIES[seller.city].3 - CITIES[order.city].3;
            let freight = (random.skewed(12.0 + far.abs(), 0.25) * 100.0).round() / 100.0;
            total += price + freight;
            let limit = dates::format_iso(f64::from(order.day + 5));
            _ = writeln!(items, "{},{item},{},{},{limit} 12:00:00,{price},{freight}", order.id, product.id, seller.id);
        }
        written += count;
        if count == 0 {
            continue;
        }
        let slip = random.chance(kind.slips);
        let (method, instalments) =
            if slip { ("boleto", 1) } else { ("credit_card", random.count(kind.instalments).clamp(1, 12)) };
        // A voucher pays a part of some orders, so that an order has several payments.
        let voucher = if random.chance(0.06) { (total * 30.0).round() / 100.0 } else { 0.0 };
        let rest = ((total - voucher) * 100.0).round() / 100.0;
        _ = writeln!(payments, "{},1,{method},{instalments},{rest:.2}", order.id);
        if voucher > 0.0 {
            _ = writeln!(payments, "{},2,voucher,1,{voucher:.2}", order.id);
        }
    }
    (items, payments)
}

fn order_table(orders: &[Order], random: &mut Draw) -> String {
    let mut text = String::from(
        "order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,order_delivered_carrier_date,order_delivered_customer_date,order_estimated_delivery_date\n",
    );
    let day = |day: i32| dates::format_iso(f64::from(day));
    for order in orders {
        let delivered = random.skewed(KINDS[order.kind].delivery, 0.35).round() as i32 + 1;
        let status = random.one_of(&[("delivered", 0.97), ("shipped", 0.015), ("canceled", 0.015)]);
        let arrival =
            if status == "delivered" { format!("{} 16:20:00", day(order.day + delivered)) } else { String::new() };
        _ = writeln!(
            text,
            "{},{},{status},{} {:02}:{:02}:00,{} 12:00:00,{} 09:00:00,{arrival},{} 00:00:00",
            order.id,
            order.customer_id,
            day(order.day),
            8 + random.below(14),
            random.below(60),
            day(order.day + 1),
            day(order.day + 2),
            day(order.day + 20),
        );
    }
    text
}

fn reviews(orders: &[Order], random: &mut Draw) -> String {
    let mut text = String::from(
        "review_id,order_id,review_score,review_comment_title,review_comment_message,review_creation_date,review_answer_timestamp\n",
    );
    for (at, order) in orders.iter().enumerate() {
        if random.chance(0.03) {
            continue;
        }
        let score = random.normal(KINDS[order.kind].score, 0.8).round().clamp(1.0, 5.0);
        // Comments are quoted, with line ends and separators in them.
        let comment = if random.chance(0.1) { "\"Arrived, thanks.\nWould buy \"\"again\"\"\"" } else { "" };
        let day = dates::format_iso(f64::from(order.day + 22));
        _ = writeln!(text, "{},{},{score},,{comment},{day} 00:00:00,{day} 18:00:00", id("4e01", at), order.id);
    }
    text
}

fn product_table(products: &[Product], random: &mut Draw) -> String {
    let mut text = String::from(
        "product_id,product_category_name,product_name_lenght,product_description_lenght,product_photos_qty,product_weight_g,product_length_cm,product_height_cm,product_width_cm\n",
    );
    for product in products {
        let category = if random.chance(0.02) { "" } else { CATEGORIES[product.category].0 };
        _ = writeln!(
            text,
            "{},{category},{},{},{},{},{},{},{}",
            product.id,
            30 + random.below(30),
            200 + random.below(900),
            1 + random.below(5),
            100 + random.below(5000),
            15 + random.below(40),
            5 + random.below(30),
            10 + random.below(30)
        );
    }
    text
}

fn seller_table(sellers: &[Seller], random: &mut Draw) -> String {
    let mut text = String::from("seller_id,seller_zip_code_prefix,seller_city,seller_state\n");
    for seller in sellers {
        let code = postal_code(seller.city, random);
        _ = writeln!(text, "{},{code},{},{}", seller.id, CITIES[seller.city].0, CITIES[seller.city].1);
    }
    text
}

/// Several places of each postal code, one code in forty with none.
fn places(random: &mut Draw) -> String {
    let mut text = String::from(
        "geolocation_zip_code_prefix,geolocation_lat,geolocation_lng,geolocation_city,geolocation_state\n",
    );
    for (name, state, latitude, longitude, _, first) in CITIES {
        for code in first..first + CODES {
            if random.chance(0.025) {
                continue;
            }
            for _ in 0..=random.below(4) {
                let (north, east) = (random.normal(0.0, 0.04), random.normal(0.0, 0.04));
                _ = writeln!(text, "{code:05},{:.6},{:.6},{name},{state}", latitude + north, longitude + east);
            }
        }
    }
    text
}

fn translations() -> String {
    // The public file starts with a byte-order mark.
    let mut text = String::from("\u{feff}product_category_name,product_category_name_english\n");
    for (name, english, ..) in CATEGORIES {
        _ = writeln!(text, "{name},{english}");
    }
    text
}
