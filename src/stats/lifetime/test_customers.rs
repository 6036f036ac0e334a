//! Customers for the tests: the published CDNOW sample, and simulated ones with known parameters.

use super::CustomerSummary;
use super::bg_nbd::BgNbd;
use super::gamma_gamma::GammaGamma;
use rand::SeedableRng;
use rand_distr::{Beta, Distribution, Exp1, Gamma};
use rand_xoshiro::Xoshiro256PlusPlus;

/// The 2,357 customers of the CDNOW sample, times in weeks.
pub(super) fn cdnow() -> Vec<CustomerSummary> {
    let text = include_str!("../../../tests/fixtures/cdnow.csv");
    let mut customers = Vec::new();
    for line in text.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_digit())) {
        let cells: Vec<f64> = line.split(',').map(|cell| cell.parse().unwrap()).collect();
        let summary = CustomerSummary {
            repeat_purchases: cells[0] as u32,
            last_purchase: cells[1],
            age: cells[2],
            mean_value: if cells[0] == 0.0 { f64::NAN } else { cells[3] },
        };
        customers.extend(std::iter::repeat_n(summary, cells[4] as usize));
    }
    customers
}

/// `count` customers who behave as both models say, of ages spread evenly over `ages`. Times are rounded down to a tenth.
pub(super) fn simulated(
    count: usize,
    ages: (f64, f64),
    purchases: &BgNbd,
    values: &GammaGamma,
    seed: u64,
) -> Vec<CustomerSummary> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let rates = Gamma::new(purchases.r, 1.0 / purchases.alpha).unwrap();
    let leaving = Beta::new(purchases.a, purchases.b).unwrap();
    let scales = Gamma::new(values.q, 1.0 / values.v).unwrap();
    let mut draw = |i: usize| {
        let age = ((ages.0 + (ages.1 - ages.0) * i as f64 / count as f64) * 10.0).floor() / 10.0;
        let (rate, leave, scale) = (rates.sample(&mut rng), leaving.sample(&mut rng), scales.sample(&mut rng));
        let (mut time, mut last, mut repeats) = (0.0, 0.0, 0_u32);
        loop {
            let wait: f64 = Exp1.sample(&mut rng);
            time += wait / rate;
            if time > age {
                break;
            }
            (last, repeats) = (time, repeats + 1);
            if rand::Rng::gen_bool(&mut rng, leave) {
                break;
            }
        }
        let worth = Gamma::new(values.p, 1.0 / scale).unwrap();
        let total: f64 = (0..repeats).map(|_| worth.sample(&mut rng)).sum();
        let mean_value = if repeats == 0 { f64::NAN } else { total / f64::from(repeats) };
        CustomerSummary { repeat_purchases: repeats, last_purchase: (last * 10.0).floor() / 10.0, age, mean_value }
    };
    (0..count).map(&mut draw).collect()
}
