//! Whether the level of a series stays put, and how often it must be differenced until it does.
//!
//! anofox-forecast 0.19 was measured against statsmodels and not used here: its ADF searches fewer lags by default and solves
//! normal equations, its KPSS has another number of lags (never 0) and no trend form. See `docs/METHODS.md`.

use super::least_squares::{Fit, line};
use super::{SeriesError, complete, is_constant, mean, normal};
use serde::{Deserialize, Serialize};

/// What a series is supposed to move around.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Around {
    /// A fixed level (`regression="c"`).
    #[default]
    Level,
    /// A straight line (`regression="ct"`).
    Line,
}

/// Result of one test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = StationarityTest)]
pub struct Test {
    /// The statistic.
    pub statistic: f64,
    /// p-value, 0 to 1; for KPSS cut to 0.01 to 0.1, the range of its table.
    pub p: f64,
    /// Whether the p-value is an end of the table: the true one is lower than 0.01 or higher than 0.1. Never for ADF.
    pub p_is_limit: bool,
    /// Lags used.
    pub lags: usize,
    /// Rows of the regression (ADF), or values (KPSS).
    pub observations: usize,
    /// Critical values at 1, 5 and 10 %.
    pub critical: [f64; 3],
}

/// The augmented Dickey-Fuller test (Said and Dickey 1984). Null hypothesis: a unit root, that is, the series wanders; a small p
/// speaks for a series that returns to its level (or line).
///
/// Lags are chosen by AIC between 0 and `ceil(12 (n / 100)^(1/4))` (Schwert 1989), at most `n / 2 - terms - 1`; the p-value and critical
/// values are those of MacKinnon (1994, 2010). Reproduces `statsmodels.tsa.stattools.adfuller(x, regression, autolag="AIC")`.
///
/// # Errors
///
/// With missing values, fewer than 8 values, when all are equal, or when the regression is singular (as for an exact line).
pub fn augmented_dickey_fuller(values: &[f64], around: Around) -> Result<Test, SeriesError> {
    const WHAT: &str = "the augmented Dickey-Fuller test";
    complete(WHAT, values, 8)?;
    if is_constant(values) {
        return Err(SeriesError::Constant { what: WHAT });
    }
    let n = values.len();
    let terms = if around == Around::Level { 1 } else { 2 };
    let schwert = (12.0 * (n as f64 / 100.0).powf(0.25)).ceil() as usize;
    let most = schwert.min((n / 2).saturating_sub(terms + 1));
    let singular = || SeriesError::Model { model: WHAT, reason: "its regression has no unique solution".to_owned() };

    // One decomposition of the widest regression gives the sum of squares of every narrower one.
    let (y, columns) = regression(values, around, most, false);
    let rows = y.len() as f64;
    let widest = Fit::new(columns, &y).ok_or_else(singular)?;
    let criterion = |lags: usize| {
        let count = terms + 1 + lags;
        rows * (widest.residual_sum_of_squares(count) / rows).ln() + 2.0 * count as f64
    };
    let lags = (0..=most).fold((0, f64::INFINITY), |best, lags| {
        let value = criterion(lags);
        if value < best.1 { (lags, value) } else { best }
    });
    let (y, columns) = regression(values, around, lags.0, true);
    let statistic = Fit::new(columns, &y).ok_or_else(singular)?.last_t();
    if statistic.is_nan() {
        return Err(singular());
    }
    let critical = DICKEY_FULLER_CRITICAL[usize::from(around == Around::Line)].map(|c| {
        let inverse = 1.0 / y.len() as f64;
        c[0] + inverse * (c[1] + inverse * (c[2] + inverse * c[3]))
    });
    let p = mackinnon(statistic, around);
    Ok(Test { statistic, p, p_is_limit: false, lags: lags.0, observations: y.len(), critical })
}

/// Differences regressed on terms, level and lagged differences; with `level_last` the level is the last column, whose t is
/// the statistic.
fn regression(values: &[f64], around: Around, lags: usize, level_last: bool) -> (Vec<f64>, Vec<Vec<f64>>) {
    let steps: Vec<f64> = values.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let y = steps[lags..].to_vec();
    let rows = y.len();
    // The level is centred: that changes no statistic and keeps digits of series far from 0.
    let centre = mean(values);
    let level: Vec<f64> = values[lags..lags + rows].iter().map(|value| value - centre).collect();
    let mut columns = vec![vec![1.0; rows]];
    if around == Around::Line {
        columns.push((1..=rows).map(|t| t as f64).collect());
    }
    let lagged = (1..=lags).map(|lag| steps[lags - lag..lags - lag + rows].to_vec());
    if level_last {
        columns.extend(lagged);
        columns.push(level);
    } else {
        columns.push(level);
        columns.extend(lagged);
    }
    (y, columns)
}

/// Approximate p-value: a cubic (left of `star` a quadratic) through the normal distribution (MacKinnon 1994, table 3), as
/// `statsmodels.tsa.adfvalues.mackinnonp`.
fn mackinnon(statistic: f64, around: Around) -> f64 {
    let (highest, lowest, star, small, large) = match around {
        Around::Level => (2.74, -18.83, -1.61, [2.1659, 1.4412, 0.038_269], [1.7339, 0.932_02, -0.127_45, -0.010_368]),
        Around::Line => (0.7, -16.18, -2.89, [3.2512, 1.6047, 0.049_588], [2.5261, 0.616_54, -0.379_56, -0.060_285]),
    };
    if statistic > highest {
        return 1.0;
    }
    if statistic < lowest {
        return 0.0;
    }
    let coefficients: &[f64] = if statistic <= star { &small } else { &large };
    normal::cumulative(coefficients.iter().rev().fold(0.0, |value, c| value * statistic + c))
}

/// Response surfaces at 1, 5 and 10 % (MacKinnon 2010), as `statsmodels.tsa.adfvalues.tau_2010s`.
const DICKEY_FULLER_CRITICAL: [[[f64; 4]; 3]; 2] = [
    [[-3.43035, -6.5393, -16.786, -79.433], [-2.86154, -2.8903, -4.234, -40.04], [-2.56677, -1.5384, -2.809, 0.0]],
    [[-3.95877, -9.0531, -28.428, -134.155], [-3.41049, -4.3904, -9.036, -45.374], [-3.12705, -2.5856, -3.925, -22.38]],
];

/// The test of Kwiatkowski, Phillips, Schmidt and Shin (1992). Null hypothesis: the series stays around its level (or line); a small p
/// speaks against that.
///
/// The long-run variance has Bartlett weights and the number of lags of Hobijn, Franses and Ooms (1998). The p-value is interpolated
/// in the paper's table and cut to 0.01 to 0.1. Reproduces `statsmodels.tsa.stattools.kpss(x, regression, nlags="auto")`.
///
/// # Errors
///
/// With missing values, fewer than 8 values, when nothing varies around the level or line, or when the long-run variance is 0.
pub fn kpss(values: &[f64], around: Around) -> Result<Test, SeriesError> {
    const WHAT: &str = "the KPSS test";
    complete(WHAT, values, 8)?;
    let n = values.len();
    let (intercept, slope) = if around == Around::Line { line(values) } else { (mean(values), 0.0) };
    let residuals: Vec<f64> =
        values.iter().enumerate().map(|(t, value)| value - intercept - slope * t as f64).collect();
    let product = |lag: usize| residuals[lag..].iter().zip(&residuals).map(|(a, b)| a * b).sum::<f64>();
    let spread = product(0);
    if spread <= values.iter().map(|value| value * value).sum::<f64>() * 1e-26 {
        return Err(SeriesError::Constant { what: WHAT });
    }
    let lags = hobijn_lags(n, &product);
    let weighted: f64 = (1..=lags).map(|lag| (1.0 - lag as f64 / (lags as f64 + 1.0)) * product(lag)).sum();
    let variance = (spread + 2.0 * weighted) / n as f64;
    if variance.is_nan() || variance <= 0.0 {
        let reason = "the series swings so regularly that its long-run variance is 0".to_owned();
        return Err(SeriesError::Model { model: WHAT, reason });
    }
    let mut sum = 0.0;
    let squares: f64 = residuals
        .iter()
        .map(|residual| {
            sum += residual;
            sum * sum
        })
        .sum();
    let statistic = squares / (n as f64).powi(2) / variance;
    let table = match around {
        Around::Level => [0.347, 0.463, 0.574, 0.739],
        Around::Line => [0.119, 0.146, 0.176, 0.216],
    };
    let (p, p_is_limit) = interpolate(statistic, table);
    Ok(Test { statistic, p, p_is_limit, lags, observations: n, critical: [table[3], table[1], table[0]] })
}

fn hobijn_lags(n: usize, product: &impl Fn(usize) -> f64) -> usize {
    let size = n as f64;
    let (mut zeroth, mut first) = (product(0) / size, 0.0);
    for lag in 1..=size.powf(2.0 / 9.0) as usize {
        let covariance = 2.0 * product(lag) / size;
        zeroth += covariance;
        first += lag as f64 * covariance;
    }
    let ratio = first / zeroth;
    let lags = 1.1447 * (ratio * ratio).cbrt() * size.cbrt();
    if lags.is_finite() { (lags as usize).min(n - 1) } else { n - 1 }
}

fn interpolate(statistic: f64, table: [f64; 4]) -> (f64, bool) {
    const P: [f64; 4] = [0.10, 0.05, 0.025, 0.01];
    if statistic <= table[0] {
        return (P[0], statistic < table[0]);
    }
    for i in 1..4 {
        if statistic <= table[i] {
            return (P[i - 1] + (P[i] - P[i - 1]) * (statistic - table[i - 1]) / (table[i] - table[i - 1]), false);
        }
    }
    (P[3], true)
}

#[cfg(test)]
mod tests {
    use super::super::golden::{autoregressive, close, number, petshop, walk, weekly};
    use super::*;

    /// `adfuller(y, regression=r, autolag="AIC")` and `kpss(y, regression=r, nlags="auto")`, statsmodels 0.15.0.
    #[test]
    fn agrees_with_statsmodels() {
        for (name, values) in [("weekly", weekly(70)), ("walk", walk(80)), ("autoregressive", autoregressive(90))] {
            for (key, around) in [("c", Around::Level), ("ct", Around::Line)] {
                let expected = |field: &str| number(&format!("/tests/{name}/{key}/{field}"));
                let adf = augmented_dickey_fuller(&values, around).unwrap();
                close(adf.statistic, expected("adf"), 1e-10);
                close(adf.p, expected("adf_p"), 1e-10);
                close(adf.critical[1], expected("adf_critical/1"), 1e-12);
                assert_eq!((adf.lags as f64, adf.observations as f64), (expected("adf_lags"), expected("adf_n")));
                let test = kpss(&values, around).unwrap();
                close(test.statistic, expected("kpss"), 1e-11);
                close(test.p, expected("kpss_p"), 1e-11);
                assert_eq!(test.lags as f64, expected("kpss_lags"));
            }
        }
    }

    /// `adfuller(y, autolag="AIC")` and `kpss(y, nlags="auto")` of the daily sales, statsmodels 0.15.0.
    #[test]
    fn agrees_on_the_real_file() {
        let Some(sales) = petshop("sale") else { return };
        let adf = augmented_dickey_fuller(&sales, Around::Level).unwrap();
        close(adf.statistic, -1.566_273_762_305_089, 1e-9);
        close(adf.p, 0.500_509_653_285_430_3, 1e-9);
        let test = kpss(&sales, Around::Level).unwrap();
        close(test.statistic, 2.031_389_262_724_287, 1e-11);
        assert_eq!((test.lags, test.p, test.p_is_limit), (7, 0.01, true));
    }

    #[test]
    fn a_far_level_costs_no_digits() {
        let near = augmented_dickey_fuller(&walk(80), Around::Level).unwrap();
        let far: Vec<f64> = walk(80).iter().map(|value| value + 1e6).collect();
        close(augmented_dickey_fuller(&far, Around::Level).unwrap().statistic, near.statistic, 1e-7);
    }

    #[test]
    fn refuses_what_cannot_be_tested() {
        assert!(matches!(augmented_dickey_fuller(&[1.0; 20], Around::Level), Err(SeriesError::Constant { .. })));
        assert!(matches!(kpss(&[1.0; 20], Around::Level), Err(SeriesError::Constant { .. })));
        assert!(matches!(kpss(&[1.0, 2.0], Around::Level), Err(SeriesError::TooShort { needed: 8, .. })));
        let exact: Vec<f64> = (0..30).map(f64::from).collect();
        assert!(matches!(augmented_dickey_fuller(&exact, Around::Line), Err(SeriesError::Model { .. })));
        assert!(matches!(kpss(&exact, Around::Line), Err(SeriesError::Constant { .. })));
        let mut gap = walk(30);
        gap[3] = f64::NAN;
        assert!(matches!(augmented_dickey_fuller(&gap, Around::Level), Err(SeriesError::Missing { count: 1, .. })));
    }
}
