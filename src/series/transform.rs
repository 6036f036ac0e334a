//! A power that steadies a series whose swings grow with its level.

use super::{SeriesError, is_constant};
use crate::stats::power;

/// The Box-Cox transform of a complete series and its power, which maximises the likelihood (`scipy.stats.boxcox(values)`) and is kept between
/// -1 and 2: beyond these a forecast a little off the data has no inverse or an astronomical one.
///
/// # Errors
///
/// When a value is 0 or negative, when all are equal, or with fewer than two.
pub fn box_cox(values: &[f64]) -> Result<(Vec<f64>, f64), SeriesError> {
    let what = "the Box-Cox transform";
    let min = values.iter().copied().fold(f64::INFINITY, f64::min);
    if min <= 0.0 {
        return Err(SeriesError::NotPositive { what, instead: "choose no transform", min });
    }
    if values.len() > 1 && is_constant(values) {
        return Err(SeriesError::Constant { what });
    }
    let lambda = power::box_cox_lambda(values)
        .map_err(|error| SeriesError::Model { model: what, reason: error.to_string() })?
        .clamp(-1.0, 2.0);
    Ok((values.iter().map(|value| power::box_cox(*value, lambda)).collect(), lambda))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_by_factors_becomes_a_line() {
        let values: Vec<f64> = (0..80).map(|t| (f64::from(t) / 10.0).exp()).collect();
        let (line, lambda) = box_cox(&values).unwrap();
        assert!(lambda.abs() < 0.02, "{lambda}");
        assert!((line[1] - line[0] - 0.1).abs() < 0.01, "{:?}", &line[..2]);
    }

    #[test]
    fn refuses_what_has_no_logarithm_or_no_spread() {
        let zero = box_cox(&[1.0, 0.0, 3.0]).unwrap_err().to_string();
        assert_eq!(zero, "the Box-Cox transform needs values above zero, but the smallest is 0; choose no transform");
        assert!(matches!(box_cox(&[2.0; 9]), Err(SeriesError::Constant { .. })));
        assert!(matches!(box_cox(&[2.0]), Err(SeriesError::Model { .. })));
        assert!(matches!(box_cox(&[]), Err(SeriesError::Model { .. })));
    }
}
