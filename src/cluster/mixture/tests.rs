use super::super::Silent;
use super::super::test_points::points;
use super::*;
use ndarray::array;
use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256Plus;

fn params(covariance: Covariance, n_components: usize) -> MixtureParams {
    MixtureParams { n_components, covariance, n_init: 3, ..MixtureParams::default() }
}

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() <= 1e-9 * expected.abs().max(1.0), "{found} is not {expected}");
}

fn random(rows: usize, features: usize, seed: u64) -> Array2<f64> {
    let mut rng = Xoshiro256Plus::seed_from_u64(seed);
    Array2::from_shape_fn((rows, features), |(row, _)| (row % 3) as f64 * 2.0 + rng.gen_range(-1.0..1.0))
}

/// `score_samples(x)[[0, 6, 9]]`, `predict_proba(x)[9]`, `bic(x)`, `aic(x)` of a `GaussianMixture(3, covariance_type)` whose
/// parameters were set, scikit-learn 1.9.1.
#[test]
fn densities_agree_with_scikit_learn() {
    let expected = [
        (
            Covariance::Full,
            vec![vec![1.0, 0.3, 0.3, 0.5], vec![2.0, -0.4, -0.4, 1.5], vec![4.0, 1.0, 1.0, 3.0]],
            [-2.359_587_011_186_303_8, -3.821_122_690_787_250_4, -6.460_773_247_576_603],
            [0.083_391_571_380_230_34, 0.877_088_251_056_726_4, 0.039_520_177_563_043_435],
            116.495_181_892_099_77,
            111.351_235_311_201,
        ),
        (
            Covariance::Tied,
            vec![vec![4.0, 1.0, 1.0, 3.0]],
            [-3.784_510_310_030_692_7, -4.358_297_136_684_66, -4.451_695_965_690_279],
            [0.497_216_137_490_902_93, 0.497_483_718_011_016_5, 0.005_300_144_498_080_709],
            112.127_259_280_151_24,
            108.798_823_257_216_72,
        ),
        (
            Covariance::Diag,
            vec![vec![1.0, 0.5], vec![2.0, 1.5], vec![4.0, 3.0]],
            [-2.559_416_757_211_867, -3.823_278_846_088_382_6, -5.846_499_175_247_869],
            [0.003_302_909_667_924_359, 0.924_973_516_070_434_5, 0.071_723_574_261_641_39],
            108.154_112_372_341_25,
            103.917_921_070_424_61,
        ),
        (
            Covariance::Spherical,
            vec![vec![0.75], vec![1.5], vec![3.0]],
            [-2.576_672_730_019_273_3, -3.764_188_826_312_523_6, -6.065_460_527_893_208],
            [0.010_985_105_381_674_859, 0.952_637_221_665_522_8, 0.036_377_672_952_802_64],
            101.227_054_881_159_75,
            97.898_618_858_225_25,
        ),
    ];
    let x = points();
    for (covariance, covariances, logs, shares, bic, aic) in expected {
        let means = vec![vec![0.5, 0.5], vec![5.0, 5.0], vec![8.0, 1.0]];
        let mixture = Mixture { covariance, weights: vec![0.5, 0.3, 0.2], means, covariances };
        let found = mixture.log_likelihoods(x.view(), &Silent).unwrap();
        for (row, log) in [0, 6, 9].into_iter().zip(logs) {
            close(found[row], log);
        }
        let found_shares = mixture.responsibilities(x.view(), &Silent).unwrap();
        for (found, share) in found_shares.row(9).iter().zip(shares) {
            close(*found, share);
        }
        assert_eq!(
            mixture.predict(x.view(), &Silent).unwrap(),
            [0, 0, 0, 0, 1, 1, 1, 2, 2, i32::from(shares[0] <= 0.5)]
        );
        let total: f64 = found.iter().sum();
        let parameters = mixture.parameters_count() as f64;
        close(parameters * 10.0_f64.ln() - 2.0 * total, bic);
        close(2.0 * parameters - 2.0 * total, aic);
    }
}

/// `weights_[0]`, `means_[1][0]` and the last of `covariances_` of `GaussianMixture(2, covariance_type, max_iter=1,
/// weights_init=[.5, .5], means_init=[[0, 0], [7, 3]], precisions_init=<identities>).fit(x)`, scikit-learn 1.9.1.
#[test]
fn one_iteration_agrees_with_scikit_learn() {
    let expected = [
        (Covariance::Full, 0.426_894_141_627_958_63, 6.664_244_516_061_779, 5.112_852_014_560_892),
        (Covariance::Tied, 0.426_894_141_627_958_63, 6.664_244_516_061_779, 3.187_704_765_125_576),
        (Covariance::Diag, 0.426_894_141_627_958_63, 6.664_244_516_061_779, 5.112_852_014_560_899),
        (Covariance::Spherical, 0.426_894_141_627_958_63, 6.664_244_516_061_779, 5.876_133_039_349_320_5),
    ];
    let x = points();
    for (covariance, weight, mean, last) in expected {
        let identity: Vec<f64> = match covariance {
            Covariance::Full | Covariance::Tied => vec![1.0, 0.0, 0.0, 1.0],
            Covariance::Diag => vec![1.0, 1.0],
            Covariance::Spherical => vec![1.0],
        };
        let covariances = vec![identity; if covariance == Covariance::Tied { 1 } else { 2 }];
        let means = vec![vec![0.0, 0.0], vec![7.0, 3.0]];
        let mixture = Mixture { covariance, weights: vec![0.5, 0.5], means, covariances };
        let problem = Problem::new(x.view(), covariance, 1e-6, &Silent).unwrap();
        let sums = problem.expect(&mixture, &Silent).unwrap();
        let next = problem.maximise(&sums, &mixture.means);
        close(next.weights[0], weight);
        close(next.means[1][0], mean);
        close(*next.covariances.last().unwrap().last().unwrap(), last);
    }
}

#[test]
fn iterations_never_lose_likelihood() {
    let x = random(700, 3, 1);
    for covariance in Covariance::ALL {
        let problem = Problem::new(x.view(), covariance, 0.0, &Silent).unwrap();
        let mut mixture = start(&problem, &params(covariance, 4), 1, &Silent).unwrap();
        let mut last = f64::NEG_INFINITY;
        for _ in 0..60 {
            let sums = problem.expect(&mixture, &Silent).unwrap();
            assert!(sums.log_likelihood >= last - 1e-8, "{covariance:?}");
            last = sums.log_likelihood;
            mixture = problem.maximise(&sums, &mixture.means);
        }
    }
}

#[test]
fn the_number_of_threads_does_not_matter() {
    let x = random(21_000, 2, 4);
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    for covariance in Covariance::ALL {
        let fitted = fit(x.view(), &params(covariance, 3), &Silent).unwrap();
        assert_eq!(one.install(|| fit(x.view(), &params(covariance, 3), &Silent)).unwrap(), fitted);
        assert_eq!(fitted.restart_log_likelihoods.len(), 3);
        assert!(fitted.converged);
        let mean = fitted.mixture.log_likelihoods(x.view(), &Silent).unwrap().iter().sum::<f64>() / 21_000.0;
        close(fitted.mean_log_likelihood, mean);
        assert_eq!(fitted.mixture.predict(x.view(), &Silent).unwrap(), fitted.labels);
    }
}

#[test]
fn degenerate_matrices() {
    let mut constant = random(50, 3, 2);
    constant.column_mut(1).fill(7.0);
    let mut duplicates = Array2::zeros((60, 2));
    duplicates[(7, 0)] = 1.0;
    duplicates[(9, 1)] = 1.0;
    let huge = array![[1e100, 0.0], [-1e100, 0.0], [0.0, 1e100], [0.0, 1e-100], [1.0, 2.0]];
    let wide = random(20, 60, 3);
    for covariance in Covariance::ALL {
        for reg_covar in [0.0, 1e-6] {
            for x in [&constant, &duplicates, &huge, &wide, &array![[1.0], [2.0], [4.0]]] {
                let fitted = fit(x.view(), &MixtureParams { reg_covar, ..params(covariance, 3) }, &Silent).unwrap();
                assert!(fitted.mean_log_likelihood.is_finite() && fitted.bic.is_finite());
                let shares = fitted.mixture.responsibilities(x.view(), &Silent).unwrap();
                assert!(shares.rows().into_iter().all(|row| (row.sum() - 1.0).abs() < 1e-9));
            }
        }
        let one = fit(array![[3.0, 4.0]].view(), &params(covariance, 1), &Silent).unwrap();
        assert_eq!((one.labels, one.mixture.means), (vec![0], vec![vec![3.0, 4.0]]));
        assert_eq!(
            fit(Array2::ones((9, 2)).view(), &params(covariance, 2), &Silent),
            Err(ClusterError::TooFewDistinctRows { k: 2, distinct: 1 })
        );
        let fitted = fit(points().view(), &params(covariance, 3), &Silent).unwrap();
        let far = array![[1e100, -1e100], [1e9, 1e9], [f64::MIN_POSITIVE, 0.0]];
        let shares = fitted.mixture.responsibilities(far.view(), &Silent).unwrap();
        assert!(shares.rows().into_iter().all(|row| (row.sum() - 1.0).abs() < 1e-9));
        assert!(fitted.mixture.log_likelihoods(far.view(), &Silent).unwrap().iter().all(|value| value.is_finite()));
    }
}

#[test]
fn rejects_what_is_out_of_range() {
    let good = MixtureParams::default();
    for (bad, expected) in [
        (MixtureParams { n_components: 0, ..good }, "n_components"),
        (MixtureParams { n_init: 0, ..good }, "n_init"),
        (MixtureParams { max_iter: 0, ..good }, "max_iter"),
        (MixtureParams { tol: -1.0, ..good }, "tol"),
        (MixtureParams { tol: f64::NAN, ..good }, "tol"),
        (MixtureParams { reg_covar: f64::INFINITY, ..good }, "reg_covar"),
    ] {
        let error = fit(points().view(), &bad, &Silent);
        assert!(matches!(error, Err(ClusterError::InvalidParameter { name, .. }) if name == expected));
    }
    assert_eq!(fit(Array2::zeros((0, 2)).view(), &good, &Silent), Err(ClusterError::Empty));
    assert!(fit(array![[f64::NAN]].view(), &good, &Silent).is_err());
    let fitted = fit(points().view(), &params(Covariance::Full, 2), &Silent).unwrap().mixture;
    assert!(matches!(
        fitted.predict(array![[1.0]].view(), &Silent),
        Err(ClusterError::WrongFeatureCount { expected: 2, found: 1 })
    ));
    let broken = [
        Mixture { weights: vec![1.0], ..fitted.clone() },
        Mixture { weights: vec![f64::NAN; 2], ..fitted.clone() },
        Mixture { means: vec![vec![1.0], vec![1.0, 2.0]], ..fitted.clone() },
        Mixture { covariances: vec![vec![1.0, 2.0, 2.0, 1.0]; 2], ..fitted.clone() },
        Mixture { covariances: vec![vec![1.0]; 2], ..fitted.clone() },
        Mixture { covariance: Covariance::Diag, covariances: vec![vec![1.0, 0.0]; 2], ..fitted.clone() },
        Mixture { covariance: Covariance::Tied, ..fitted.clone() },
        Mixture { weights: vec![], means: vec![], covariances: vec![], ..fitted.clone() },
    ];
    for mixture in broken {
        assert!(matches!(
            mixture.predict(points().view(), &Silent),
            Err(ClusterError::InvalidParameter { name: "mixture", .. })
        ));
    }
}

#[test]
fn names_and_mixtures_round_trip() {
    for covariance in Covariance::ALL {
        assert_eq!(covariance.as_str().parse(), Ok(covariance));
        let mixture = fit(points().view(), &params(covariance, 2), &Silent).unwrap().mixture;
        let text = serde_json::to_string(&mixture).unwrap();
        assert!(text.contains(covariance.as_str()));
        assert_eq!(serde_json::from_str::<Mixture>(&text).unwrap(), mixture);
    }
    assert!("free".parse::<Covariance>().is_err());
}

struct Cancelled;

impl Progress for Cancelled {
    fn is_cancelled(&self) -> bool {
        true
    }
}

#[test]
fn stops_when_told() {
    let x = points();
    assert_eq!(fit(x.view(), &params(Covariance::Full, 2), &Cancelled), Err(ClusterError::Cancelled));
    let mixture = fit(x.view(), &params(Covariance::Full, 2), &Silent).unwrap().mixture;
    assert_eq!(mixture.predict(x.view(), &Cancelled), Err(ClusterError::Cancelled));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_fit_is_a_distribution(rows in 2_usize..60, features in 1_usize..5, grid in 2_i32..6, seed in 0_u64..1000) {
        let mut rng = Xoshiro256Plus::seed_from_u64(seed);
        let x = Array2::from_shape_fn((rows, features), |_| f64::from(rng.gen_range(0..grid)));
        let distinct = first_of_distinct(x.view(), 4, &Silent).unwrap().len();
        for covariance in Covariance::ALL {
            let fitted = fit(x.view(), &params(covariance, distinct), &Silent).unwrap();
            prop_assert!((fitted.mixture.weights.iter().sum::<f64>() - 1.0).abs() < 1e-9);
            prop_assert!(fitted.mean_log_likelihood.is_finite());
            let mut counts = vec![0; distinct];
            fitted.labels.iter().for_each(|&label| counts[label as usize] += 1);
            prop_assert!(counts.is_sorted_by(|a, b| a >= b));
            let shares = fitted.mixture.responsibilities(x.view(), &Silent).unwrap();
            prop_assert!(shares.rows().into_iter().all(|row| (row.sum() - 1.0).abs() < 1e-9));
        }
    }
}
