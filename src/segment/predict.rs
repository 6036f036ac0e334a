//! The segment of a new customer, with how sure, why, and who is alike.

use std::collections::BTreeMap;

use ndarray::{Array2, ArrayView1, ArrayView2};
use serde::Serialize;

use super::estimator::Reference;
use super::{Model, SegmentError};
use crate::cluster::NOISE;
use crate::dataset::Dataset;
use crate::dataset::export::{ExtraColumn, ExtraValues};

/// Customers shown as most alike.
const ALIKE: usize = 5;

/// Where a new customer belongs.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Prediction {
    /// Cluster; -1 is undecided.
    pub cluster: i32,
    /// Segment name.
    pub segment: String,
    /// How sure, 0 to 1; see [`Estimator::confidences`](super::estimator::Estimator::confidences).
    pub confidence: f64,
    /// Segments from near to far, or from likely to unlikely; its own first.
    pub distances: Vec<SegmentDistance>,
    /// Features from most to least decisive.
    pub reasons: Vec<Reason>,
    /// Features that were unknown and replaced by their medians.
    pub unknown: Vec<String>,
    /// Warnings that the customer is unlike anything seen.
    pub warnings: Vec<String>,
    /// Ids of the customers most like it, nearest first.
    pub alike: Vec<String>,
    /// Rows of those customers in the data set.
    #[serde(skip)]
    pub alike_rows: Vec<u32>,
    /// The customer in scaled space.
    #[serde(skip)]
    pub scaled: Vec<f64>,
    /// The customer's features, unknown ones by their medians.
    #[serde(skip)]
    pub features: Vec<f64>,
}

/// Distance from the customer to a segment, in scaled units.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct SegmentDistance {
    /// Cluster.
    pub cluster: i32,
    /// Segment name.
    pub segment: String,
    /// To its centroid or mean, or to the nearest of its customers that the model keeps.
    pub distance: f64,
    /// Probability of the segment (Gaussian mixture).
    pub probability: Option<f64>,
}

/// How much a feature speaks for the predicted segment against the runner-up.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Reason {
    /// Column name.
    pub feature: String,
    /// Column label.
    pub label: String,
    /// Share of the evidence, -1 to 1; positive speaks for the predicted segment.
    pub share: f64,
}

/// Reads the features of one customer from texts; empty means unknown.
///
/// # Errors
/// [`SegmentError::Input`] for a text that is no number (or day) and for names that are no feature.
pub fn parse_features(
    model: &Model,
    dataset: &Dataset,
    inputs: &BTreeMap<String, String>,
) -> Result<Vec<Option<f64>>, SegmentError> {
    if let Some(name) = inputs.keys().find(|name| !model.recipe.features.contains(name)) {
        return Err(SegmentError::Input {
            feature: name.clone(),
            message: format!("is no feature of the model; its features are {}", model.recipe.features.join(", ")),
        });
    }
    model
        .recipe
        .features
        .iter()
        .map(|feature| {
            let text = inputs.get(feature).map_or("", |text| text.trim());
            if text.is_empty() {
                return Ok(None);
            }
            let label = || dataset.customers.column(feature).map_or(feature.clone(), |column| column.label.clone());
            if let Some(levels) = model.encoder.levels.get(feature) {
                let position = levels.iter().position(|level| level == text).map(|position| Some(position as f64));
                return position.ok_or_else(|| SegmentError::Input {
                    feature: label(),
                    message: format!(
                        "\"{text}\" is not known; choose one of {}, or leave it empty if unknown",
                        levels.join(", ")
                    ),
                });
            }
            let number = text.parse::<f64>().ok();
            number.filter(|number| number.is_finite()).map(Some).ok_or_else(|| SegmentError::Input {
                feature: label(),
                message: format!("\"{text}\" is no number; correct it or leave it empty if unknown"),
            })
        })
        .collect()
}

/// Predicts one customer. `features` are in the order of the recipe, `None` is unknown.
///
/// # Errors
/// [`SegmentError::Cluster`] when a value is outside what the model's transform can take,
/// [`SegmentError::MissingColumn`] when the data set lost a feature.
pub fn predict(model: &Model, dataset: &Dataset, features: &[Option<f64>]) -> Result<Prediction, SegmentError> {
    predict_among(model, dataset, scaled_customers(model, dataset)?.view(), features)
}

/// All customers of a data set in the model's scaled space, for [`predict_among`].
///
/// # Errors
/// As [`predict`].
pub fn scaled_customers(model: &Model, dataset: &Dataset) -> Result<Array2<f64>, SegmentError> {
    Ok(model.scaled(model.features_of(dataset)?.view())?.0)
}

/// [`predict`] for several customers in turn: `all` holds the data set's customers in scaled space.
///
/// # Errors
/// As [`predict`].
pub fn predict_among(
    model: &Model,
    dataset: &Dataset,
    all: ArrayView2<'_, f64>,
    features: &[Option<f64>],
) -> Result<Prediction, SegmentError> {
    let unknown = names_of_unknown(model, dataset, features);
    let row: Vec<f64> = features.iter().map(|value| value.unwrap_or(f64::NAN)).collect();
    let width = row.len();
    let matrix = Array2::from_shape_vec((1, width), row).unwrap_or_else(|_| Array2::zeros((1, width)));
    let (scaled, _) = model.scaled(matrix.view())?;
    let customer = scaled.row(0);
    let cluster = model.assign_all(scaled.view())?.first().copied().unwrap_or(NOISE);
    let mut references = model.estimator.references(customer);
    // By mutual reachability the nearest customer can be of another segment than the one predicted.
    references.sort_by_key(|reference| reference.cluster != cluster);
    let confidence = model.estimator.confidences(scaled.view(), &[cluster])?.first().copied().unwrap_or(0.0);
    let alike_rows = nearest(all, customer, ALIKE);
    let known =
        features.iter().zip(&model.encoder.medians).map(|(value, m)| value.or(*m).unwrap_or(f64::NAN)).collect();
    let distance = references.first().map_or(f64::INFINITY, |reference| reference.distance);
    Ok(Prediction {
        cluster,
        segment: model.segment_name(cluster).to_owned(),
        confidence,
        reasons: reasons(model, dataset, customer, &references),
        warnings: warnings(model, dataset, features, cluster, distance),
        alike: alike_rows.iter().map(|row| dataset.customers.ids.get(*row as usize).to_owned()).collect(),
        unknown,
        distances: references
            .into_iter()
            .map(|reference| SegmentDistance {
                cluster: reference.cluster,
                segment: model.segment_name(reference.cluster).to_owned(),
                distance: reference.distance,
                probability: reference.probability,
            })
            .collect(),
        alike_rows,
        scaled: customer.to_vec(),
        features: known,
    })
}

fn names_of_unknown(model: &Model, dataset: &Dataset, features: &[Option<f64>]) -> Vec<String> {
    model
        .recipe
        .features
        .iter()
        .zip(features)
        .filter(|(_, value)| value.is_none())
        .map(|(name, _)| dataset.customers.column(name).map_or(name.clone(), |column| column.label.clone()))
        .collect()
}

/// How much each feature speaks for the first segment against the second: what the estimator says of the columns of the
/// space, added up by feature, as a share of the sum of absolute parts.
fn reasons(model: &Model, dataset: &Dataset, customer: ArrayView1<'_, f64>, references: &[Reference]) -> Vec<Reason> {
    let [first, second, ..] = references else { return Vec::new() };
    let evidence = model.estimator.evidence(customer, first, second);
    let parts: Vec<f64> =
        model.encoder.spans(&model.recipe).into_iter().map(|span| evidence[span].iter().sum()).collect();
    let total: f64 = parts.iter().map(|part| part.abs()).sum();
    let mut reasons: Vec<Reason> = model
        .recipe
        .features
        .iter()
        .zip(parts)
        .map(|(feature, part)| Reason {
            feature: feature.clone(),
            label: dataset.customers.column(feature).map_or(feature.clone(), |column| column.label.clone()),
            share: if total > 0.0 { part / total } else { 0.0 },
        })
        .collect();
    reasons.sort_by(|a, b| b.share.abs().total_cmp(&a.share.abs()));
    reasons
}

fn warnings(model: &Model, dataset: &Dataset, features: &[Option<f64>], cluster: i32, distance: f64) -> Vec<String> {
    let mut warnings = Vec::new();
    for (name, value) in model.recipe.features.iter().zip(features) {
        let (Some(value), Some(column)) = (value, dataset.customers.column(name)) else { continue };
        let Some(summary) = column.summary() else { continue };
        if *value < summary.min || *value > summary.max {
            warnings.push(format!(
                "{} {} is outside everything seen ({} to {}).",
                column.label,
                crate::figures::sum_of_column(*value, column),
                crate::figures::sum_of_column(summary.min, column),
                crate::figures::sum_of_column(summary.max, column)
            ));
        }
    }
    if cluster == NOISE {
        warnings.push("This customer is not close to any group; no segment is assigned.".to_owned());
    } else if model.segment(cluster).and_then(|s| s.usual_distance).is_some_and(|usual| distance > usual) {
        warnings.push(format!(
            "This customer is farther from {} than 99 of 100 of its members; treat the answer with care.",
            model.segment_name(cluster)
        ));
    }
    warnings
}

fn nearest(all: ArrayView2<'_, f64>, customer: ArrayView1<'_, f64>, count: usize) -> Vec<u32> {
    let mut best: Vec<(f64, u32)> = Vec::with_capacity(count + 1);
    for (index, row) in all.rows().into_iter().enumerate() {
        let distance: f64 = row.iter().zip(customer).map(|(a, b)| (a - b).powi(2)).sum();
        if best.len() < count || best.last().is_some_and(|worst| distance < worst.0) {
            let position = best.partition_point(|other| other.0 <= distance);
            best.insert(position, (distance, index as u32));
            best.truncate(count);
        }
    }
    best.into_iter().map(|(_, row)| row).collect()
}

/// Where one of many customers belongs.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Placement {
    /// Cluster; -1 is undecided.
    pub cluster: i32,
    /// Segment name.
    pub segment: String,
    /// How sure, 0 to 1; see [`Estimator::confidences`](super::estimator::Estimator::confidences).
    pub confidence: f64,
    /// Features that were unknown and replaced by their medians.
    pub unknown: usize,
}

/// Where each customer of a data set belongs, as columns for a download.
#[derive(Debug, Clone)]
pub struct Placements {
    /// Cluster a customer.
    pub labels: Vec<i32>,
    /// Confidence a customer.
    pub confidences: Vec<f64>,
    names: Vec<String>,
}

impl Placements {
    /// The columns `cluster`, `segment` and `confidence`; a name that the data has already gets `model_`
    /// in front.
    #[must_use]
    pub fn columns(self, dataset: &Dataset) -> Vec<ExtraColumn> {
        let column = |name: &str, values| {
            let taken = dataset.customers.column(name).is_some() || dataset.customers.id_name == name;
            ExtraColumn { name: if taken { format!("model_{name}") } else { name.to_owned() }, values }
        };
        vec![
            column("cluster", ExtraValues::Whole(self.labels)),
            column("segment", ExtraValues::Texts(self.names)),
            column("confidence", ExtraValues::Numbers(self.confidences)),
        ]
    }
}

/// Places all customers of a data set.
///
/// # Errors
/// As [`Model::labels_for`].
pub fn placements(model: &Model, dataset: &Dataset) -> Result<Placements, SegmentError> {
    let labels = model.labels_for(dataset)?;
    let (scaled, _) = model.scaled(model.features_of(dataset)?.view())?;
    Ok(Placements {
        confidences: model.estimator.confidences(scaled.view(), &labels)?,
        names: labels.iter().map(|label| model.segment_name(*label).to_owned()).collect(),
        labels,
    })
}

/// Places new customers; `features` holds a vector a feature in the order of the recipe, NaN is unknown.
///
/// # Errors
/// [`SegmentError::Cluster`] when a value is outside what the model's transform can take.
pub fn newcomer_placements(model: &Model, features: &[Vec<f64>]) -> Result<Vec<Placement>, SegmentError> {
    let rows = features.first().map_or(0, Vec::len);
    let matrix = Array2::from_shape_fn((rows, features.len()), |(row, feature)| features[feature][row]);
    let unknown: Vec<usize> =
        matrix.rows().into_iter().map(|row| row.iter().filter(|value| value.is_nan()).count()).collect();
    let (scaled, _) = model.scaled(matrix.view())?;
    let labels = model.assign_all(scaled.view())?;
    let confidences = model.estimator.confidences(scaled.view(), &labels)?;
    Ok(labels
        .into_iter()
        .zip(confidences)
        .zip(unknown)
        .map(|((cluster, confidence), unknown)| Placement {
            cluster,
            segment: model.segment_name(cluster).to_owned(),
            confidence,
            unknown,
        })
        .collect())
}
