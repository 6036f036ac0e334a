//! How often something is found where nothing drifted: at 95 % in about 5 of 100.

use rand::{Rng, SeedableRng};
use rand_distr::{Distribution, Exp1, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::homogeneity::merge_rare;
use super::psi::counts_at_deciles;
use super::*;

/// Pairs of samples of one distribution. The standard error of a share of 5 % of them is 0.7 %.
const PAIRS: u64 = 1000;

/// How far the share of false alarms may be from 5 %: three standard errors.
const TOLERANCE: f64 = 0.021;

/// Shares of the pairs whose index is above its limit and whose test has a p-value below 0.05, and the mean of the indices over
/// the expected one.
fn false_alarms(compare: impl Fn(&mut Xoshiro256PlusPlus) -> (Psi, f64)) -> (f64, f64, f64) {
    let (mut above, mut found, mut ratio) = (0, 0, 0.0);
    for seed in 0..PAIRS {
        let (psi, p_value) = compare(&mut Xoshiro256PlusPlus::seed_from_u64(seed));
        assert_eq!(psi.value > psi.limit, psi.p_value < 0.05);
        above += u32::from(psi.value > psi.limit);
        found += u32::from(p_value < 0.05);
        ratio += psi.value / psi.expected;
    }
    (f64::from(above) / PAIRS as f64, f64::from(found) / PAIRS as f64, ratio / PAIRS as f64)
}

fn check(what: &str, (above, found, ratio): (f64, f64, f64)) {
    assert!((above - 0.05).abs() < TOLERANCE, "{what}: {above} of the indices are above their limit");
    assert!((found - 0.05).abs() < TOLERANCE, "{what}: {found} of the tests find something");
    assert!((ratio - 1.0).abs() < 0.06, "{what}: the mean index is {ratio} times the expected");
}

fn of_numbers(a: &[f64], b: &[f64]) -> (Psi, f64) {
    let [p, q] = counts_at_deciles(a, b);
    (psi(&p, &q).unwrap(), kolmogorov_smirnov(a, b).unwrap().p_value)
}

#[test]
fn numbers_without_drift() {
    for (n, m) in [(600, 500), (300, 900)] {
        let found = false_alarms(|random| {
            let mut sample = |count: usize| (0..count).map(|_| StandardNormal.sample(random)).collect::<Vec<f64>>();
            let (a, b) = (sample(n), sample(m));
            of_numbers(&a, &b)
        });
        check(&format!("{n} and {m} normal numbers"), found);
    }
}

#[test]
fn numbers_with_many_zeros() {
    let found = false_alarms(|random| {
        let mut sample = |count: usize| -> Vec<f64> {
            let one = |random: &mut Xoshiro256PlusPlus| if random.gen_bool(0.6) { 0.0 } else { Exp1.sample(random) };
            (0..count).map(|_| one(random)).collect()
        };
        let (a, b) = (sample(500), sample(400));
        of_numbers(&a, &b)
    });
    check("many zeros", found);
}

#[test]
fn levels_without_drift() {
    let shares = [0.4, 0.25, 0.2, 0.1, 0.03, 0.01, 0.006, 0.004];
    let found = false_alarms(|random| {
        let mut sample = |count: usize| -> Vec<u64> {
            let mut counts = vec![0; shares.len()];
            for _ in 0..count {
                let mut place = random.gen_range(0.0..1.0);
                let level = shares.iter().position(|share| {
                    place -= share;
                    place < 0.0
                });
                counts[level.unwrap_or(0)] += 1;
            }
            counts
        };
        let (a, b) = (sample(500), sample(400));
        let merged = merge_rare(&a, &b).counts;
        (psi(&merged[0], &merged[1]).unwrap(), homogeneity(&a, &b).p_value)
    });
    check("levels", found);
}
