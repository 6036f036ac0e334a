//! The log-likelihood of the BG/NBD model with its gradient, over customers grouped by equal summaries.

use super::CustomerSummary;
use crate::stats::special::{ln_rising, ln_rising_slope};
use rayon::prelude::*;

/// Sums are taken over blocks of this many groups and then in order, so that they do not depend on the number of threads.
const BLOCK: usize = 4096;

/// Customers with the same repeat purchases, last purchase and age.
#[derive(Clone, Copy)]
struct Group {
    repeat_purchases: u32,
    last_purchase: f64,
    age: f64,
    customers: f64,
}

/// All a likelihood needs of the customers.
pub(super) struct Likelihood {
    /// In ascending order of repeat purchases.
    groups: Vec<Group>,
    /// Each number of repeat purchases with its customers.
    frequencies: Vec<(u32, f64)>,
    customers: f64,
}

impl Likelihood {
    /// Groups customers whose summaries are valid.
    pub(super) fn new(customers: &[CustomerSummary]) -> Self {
        // Without a repeat purchase the last one is the first, at 0, and does not enter the likelihood.
        let last = |c: &CustomerSummary| if c.repeat_purchases == 0 { 0.0 } else { c.last_purchase };
        let mut keys: Vec<_> = customers.iter().map(|c| (c.repeat_purchases, last(c), c.age)).collect();
        keys.par_sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.total_cmp(&b.2)));
        let group = |equal: &[(u32, f64, f64)]| {
            let (repeat_purchases, last_purchase, age) = equal[0];
            Group { repeat_purchases, last_purchase, age, customers: equal.len() as f64 }
        };
        Self::of(keys.chunk_by(|a, b| a == b).map(group).collect())
    }

    fn of(groups: Vec<Group>) -> Self {
        let total = |groups: &[Group]| groups.iter().map(|group| group.customers).sum::<f64>();
        let frequencies = groups
            .chunk_by(|a, b| a.repeat_purchases == b.repeat_purchases)
            .map(|equal| (equal[0].repeat_purchases, total(equal)))
            .collect();
        let customers = total(&groups);
        Self { groups, frequencies, customers }
    }

    /// At most about `size` of the groups, evenly spread: enough to choose a start.
    pub(super) fn part(&self, size: usize) -> Self {
        let every = self.groups.len().div_ceil(size).max(1);
        Self::of(self.groups.iter().copied().step_by(every).collect())
    }

    /// The mean log-likelihood of a customer at `[r, alpha, a, b]`, and its derivatives by the *logarithms* of the four
    /// (Fader, Hardie, Lee 2005, equation 6 and the appendix on its evaluation).
    pub(super) fn mean(&self, parameters: [f64; 4]) -> (f64, [f64; 4]) {
        let [r, alpha, a, b] = parameters;
        let mut sum = [0.0; 5];
        for &(x, customers) in &self.frequencies {
            let (by_b, by_both) = (ln_rising_slope(b, x), ln_rising_slope(a + b, x));
            let terms = [
                ln_rising(r, x) + r * alpha.ln() + ln_rising(b, x) - ln_rising(a + b, x),
                ln_rising_slope(r, x) + alpha.ln(),
                r / alpha,
                -by_both,
                by_b - by_both,
            ];
            add(&mut sum, &terms, customers);
        }
        let blocks: Vec<[f64; 5]> = self.groups.par_chunks(BLOCK).map(|block| exposure(block, parameters)).collect();
        for block in &blocks {
            add(&mut sum, block, 1.0);
        }
        let [value, by_r, by_alpha, by_a, by_b] = sum.map(|total| total / self.customers);
        (value, [by_r * r, by_alpha * alpha, by_a * a, by_b * b])
    }

    /// Number of customers.
    pub(super) fn customers(&self) -> f64 {
        self.customers
    }
}

fn add(sum: &mut [f64; 5], terms: &[f64; 5], weight: f64) {
    for (total, term) in sum.iter_mut().zip(terms) {
        *total += weight * term;
    }
}

/// The part of the likelihood that depends on times: `ln((alpha + T)^-(r + x) + a / (b + x - 1) (alpha + t_x)^-(r + x))`,
/// the second summand only with repeat purchases, and its derivatives by r, alpha, a, b.
fn exposure(block: &[Group], [r, alpha, a, b]: [f64; 4]) -> [f64; 5] {
    let mut sum = [0.0; 5];
    for equal in block.chunk_by(|g, h| g.repeat_purchases == h.repeat_purchases) {
        let x = f64::from(equal[0].repeat_purchases);
        let shape = r + x;
        if x == 0.0 {
            for group in equal {
                let total = alpha + group.age;
                let log = total.ln();
                add(&mut sum, &[-shape * log, -log, -shape / total, 0.0, 0.0], group.customers);
            }
            continue;
        }
        let left = (a / (b + x - 1.0)).ln();
        for group in equal {
            let (until_now, until_last) = (alpha + group.age, alpha + group.last_purchase);
            let (log_now, log_last) = (until_now.ln(), until_last.ln());
            let (stayed, gone) = (-shape * log_now, left - shape * log_last);
            // Factoring the larger summand out keeps powers of (alpha + T) from underflowing.
            let gap = stayed - gone;
            let small = (-gap.abs()).exp();
            let value = stayed.max(gone) + small.ln_1p();
            let alive = if gap > 0.0 { 1.0 / (1.0 + small) } else { small / (1.0 + small) };
            let dead = 1.0 - alive;
            let terms = [
                value,
                -alive * log_now - dead * log_last,
                -shape * (alive / until_now + dead / until_last),
                dead / a,
                -dead / (b + x - 1.0),
            ];
            add(&mut sum, &terms, group.customers);
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn customer(repeat_purchases: u32, last_purchase: f64, age: f64) -> CustomerSummary {
        CustomerSummary { repeat_purchases, last_purchase, age, mean_value: f64::NAN }
    }

    #[test]
    fn equal_summaries_count_as_often_as_they_occur() {
        let twice = [customer(2, 3.0, 9.0), customer(0, 0.0, 9.0), customer(2, 3.0, 9.0), customer(0, 0.0, 9.0)];
        let (twice, once) = (Likelihood::new(&twice), Likelihood::new(&twice[..2]));
        assert_eq!((twice.groups.len(), twice.customers()), (2, 4.0));
        let parameters = [0.5, 4.0, 0.8, 2.0];
        assert_eq!(twice.mean(parameters), once.mean(parameters));
    }

    #[test]
    fn derivatives_agree_with_differences() {
        let customers: Vec<_> = (0..40)
            .map(|i| customer(i % 25, f64::from(i) * f64::from((i % 25).min(1)), 50.0 + f64::from(i % 3)))
            .collect();
        let likelihood = Likelihood::new(&customers);
        for at in [[0.243, 4.4, 0.79, 2.4], [3.0, 90.0, 1.0, 0.1], [0.01, 0.5, 20.0, 300.0]] {
            let (_, gradient) = likelihood.mean(at);
            for i in 0..4 {
                let moved = |by: f64| {
                    let mut there = at;
                    there[i] *= by.exp();
                    likelihood.mean(there).0
                };
                let slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
                assert!(
                    (gradient[i] - slope).abs() < 1e-7 * slope.abs().max(1.0),
                    "{at:?} {i}: {} {slope}",
                    gradient[i]
                );
            }
        }
    }
}
