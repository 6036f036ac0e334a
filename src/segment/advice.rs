//! Whether the chosen features suit each other, before anything is fitted.

use ndarray::Axis;

use super::encode::prepare_rows;
use super::{Recipe, SegmentError};
use crate::cluster::Silent;
use crate::dataset::Dataset;
use crate::figures;
use crate::query::relation::sampled;
use crate::stats::correlation::pearson;
use crate::stats::trimmed::trimmed_var;

/// Most customers that are looked at.
const ROWS: usize = 5_000;

/// Correlation beyond which two features say the same.
const DUPLICATE: f64 = 0.95;

/// Share of the variance from which a feature can dominate; it must also be this many times that of the others on average.
const DOMINANT: (f64, f64) = (0.5, 3.0);

/// Share of the values cut from either end before the variance is taken.
const TRIMMED: f64 = 0.1;

/// Sentences on features that dominate or duplicate others; empty when there is nothing to say. Looks at a part of the
/// customers.
///
/// # Errors
/// [`SegmentError`] when the recipe does not fit the data.
pub fn warnings(dataset: &Dataset, recipe: &Recipe) -> Result<Vec<String>, SegmentError> {
    let all: Vec<u32> = (0..dataset.customers.len() as u32).collect();
    let rows: Vec<usize> = sampled(&all, ROWS).into_iter().map(|row| row as usize).collect();
    let prepared = prepare_rows(dataset, recipe, &rows, &Silent)?;
    let label = |feature: usize| {
        let name = &recipe.features[feature];
        dataset.customers.column(name).map_or(name.as_str(), |column| column.label.as_str())
    };
    let spans = prepared.encoder.spans(recipe);
    let variances = prepared.scaled.var_axis(Axis(0), 0.0);
    let shares: Vec<f64> =
        spans.iter().map(|span| span.clone().map(|column| variances[column]).sum::<f64>() / variances.sum()).collect();
    let mut warnings = Vec::new();
    if let Some((feature, share)) = shares.iter().copied().enumerate().max_by(|a, b| a.1.total_cmp(&b.1)) {
        let others = (1.0 - share) / (shares.len().max(2) - 1) as f64;
        if shares.len() > 1 && share >= DOMINANT.0 && share >= DOMINANT.1 * others {
            warnings.push(format!(
                "{} carries {} of the variance, so the segments will mostly be its levels; standard scaling or a smaller weight lets the other features count.",
                label(feature),
                figures::percent(share)
            ));
        }
    }
    let numbers: Vec<(usize, Vec<f64>)> = (0..recipe.features.len())
        .filter(|feature| prepared.encoder.medians[*feature].is_some())
        .map(|feature| (feature, prepared.scaled.column(spans[feature].start).to_vec()))
        .collect();
    for (position, (first, x)) in numbers.iter().enumerate() {
        for (second, y) in &numbers[position + 1..] {
            let r = pearson(x, y);
            if r.abs() > DUPLICATE {
                warnings.push(format!(
                    "{} and {} say nearly the same (r {}), which counts it twice; leave one of them out.",
                    label(*first),
                    label(*second),
                    figures::number((r * 1000.0).round() / 1000.0)
                ));
            }
        }
    }
    Ok(warnings)
}

/// Trimmed variance of a numeric column on its range from 0 to 1 (`scipy.stats.mstats.trimmed_var` of min-max scaled values
/// with a tenth cut from either end); 0 for a column that does not vary.
#[must_use]
pub fn trimmed_variance(numbers: &[f64]) -> f64 {
    let known = || numbers.iter().copied().filter(|value| value.is_finite());
    let (low, high) = known().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
    if high <= low {
        return 0.0;
    }
    let scaled: Vec<f64> = known().map(|value| (value - low) / (high - low)).collect();
    trimmed_var(&scaled, TRIMMED, TRIMMED)
}

/// Those of the features that vary most by [`trimmed_variance`], as many as `keep`, in their own order; categories, whose
/// variance means nothing, are kept besides.
#[must_use]
pub fn most_varying(dataset: &Dataset, features: &[String], keep: usize) -> Vec<String> {
    let variance = |name: &String| dataset.customers.numbers(name).map(trimmed_variance);
    let mut ranked: Vec<(&String, f64)> = features.iter().filter_map(|name| Some((name, variance(name)?))).collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
    ranked.truncate(keep);
    features
        .iter()
        .filter(|name| dataset.customers.numbers(name).is_none() || ranked.iter().any(|(kept, _)| kept == name))
        .cloned()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outliers_do_not_make_a_feature_vary() {
        let spread: Vec<f64> = (0..100).map(f64::from).collect();
        let spiky: Vec<f64> = (0..100).map(|i| if i == 0 { 1e6 } else { f64::from(i % 3) }).collect();
        assert!(trimmed_variance(&spread) > 0.04);
        assert!(trimmed_variance(&spiky) < 1e-9);
        assert_eq!(
            (trimmed_variance(&[5.0, 5.0]), trimmed_variance(&[f64::NAN]), trimmed_variance(&[])),
            (0.0, 0.0, 0.0)
        );
    }
}
