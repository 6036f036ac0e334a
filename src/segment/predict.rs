//! The segment of a new customer, with how sure, why, and who is alike.

use std::collections::BTreeMap;

use ndarray::{Array2, ArrayView1, ArrayView2};
use serde::Serialize;

use super::artefact::{Estimator, to_array};
use super::{Model, SegmentError};
use crate::cluster::{NOISE, kmeans};
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
    /// How sure, 0 to 1; see [`confidence`].
    pub confidence: f64,
    /// Segments from near to far.
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
    /// To the centroid (K-Means) or the nearest core sample (DBSCAN).
    pub distance: f64,
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
            let number = text.parse::<f64>().ok();
            number.filter(|number| number.is_finite()).map(Some).ok_or_else(|| SegmentError::Input {
                feature: dataset.customers.column(feature).map_or(feature.clone(), |column| column.label.clone()),
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
    Ok(model.scaled(model.features_of(dataset)?)?.0)
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
    let (scaled, _) = model.scaled(matrix)?;
    let customer = scaled.row(0);
    let distances = distances(model, customer);
    let (cluster, distance) = model.assign(customer);
    let alike_rows = nearest(all, customer, ALIKE);
    let known: Vec<f64> = features.iter().zip(&model.medians).map(|(value, median)| value.unwrap_or(*median)).collect();
    Ok(Prediction {
        cluster,
        segment: model.segment_name(cluster).to_owned(),
        confidence: confidence(model, cluster, &distances),
        reasons: reasons(model, dataset, customer, &distances),
        warnings: warnings(model, dataset, features, cluster, distance),
        alike: alike_rows.iter().map(|row| dataset.customers.ids.get(*row as usize).to_owned()).collect(),
        unknown,
        distances,
        alike_rows,
        scaled: customer.to_vec(),
        features: known,
    })
}

/// Confidence of every customer's own segment, 0 to 1, in the order of the rows.
#[must_use]
pub fn confidences(model: &Model, scaled: ArrayView2<'_, f64>, labels: &[i32]) -> Vec<f64> {
    let centroids = match &model.estimator {
        Estimator::Kmeans { centroids } => to_array(centroids, scaled.ncols()),
        Estimator::Dbscan { .. } => {
            return labels.iter().map(|label| if *label == NOISE { 0.0 } else { 1.0 }).collect();
        }
    };
    scaled
        .rows()
        .into_iter()
        .zip(labels)
        .map(|(row, label)| {
            let distances = kmeans::distances(centroids.view(), &row.to_vec());
            let own = usize::try_from(*label).ok().and_then(|label| distances.get(label)).copied();
            let other = distances
                .iter()
                .enumerate()
                .filter(|(cluster, _)| Ok(*cluster) != usize::try_from(*label))
                .map(|(_, distance)| *distance)
                .fold(f64::INFINITY, f64::min);
            own.map_or(0.0, |own| separation(own, other))
        })
        .collect()
}

/// How sure an assignment is, 0 to 1.
///
/// K-Means: `1 - d1 / d2` with the distances to the nearest and second nearest centroid, which is
/// the simplified silhouette (Hruschka, de Castro and Campello 2004): 0 half-way between two
/// segments, 1 on a centroid. DBSCAN: 1 in reach of a core sample, 0 when undecided.
#[must_use]
pub fn confidence(model: &Model, cluster: i32, distances: &[SegmentDistance]) -> f64 {
    match &model.estimator {
        Estimator::Kmeans { .. } => match distances {
            [first, second, ..] => separation(first.distance, second.distance),
            _ => 1.0,
        },
        Estimator::Dbscan { .. } => f64::from(u8::from(cluster != NOISE)),
    }
}

fn separation(own: f64, other: f64) -> f64 {
    if other == 0.0 {
        0.0
    } else if other.is_infinite() {
        1.0
    } else {
        (1.0 - own / other).clamp(0.0, 1.0)
    }
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

/// The reference point of each segment for a customer: its centroid, or its nearest core sample.
fn references(model: &Model, customer: ArrayView1<'_, f64>) -> Vec<(i32, Vec<f64>, f64)> {
    let distance = |point: &[f64]| point.iter().zip(customer).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
    let mut references: Vec<(i32, Vec<f64>, f64)> = match &model.estimator {
        Estimator::Kmeans { centroids } => {
            centroids.iter().enumerate().map(|(k, point)| (k as i32, point.clone(), distance(point))).collect()
        }
        Estimator::Dbscan { core_samples, core_labels, .. } => {
            let mut nearest: BTreeMap<i32, (usize, f64)> = BTreeMap::new();
            for (index, (point, label)) in core_samples.iter().zip(core_labels).enumerate() {
                let d = distance(point);
                let entry = nearest.entry(*label).or_insert((index, d));
                if d < entry.1 {
                    *entry = (index, d);
                }
            }
            nearest.into_iter().map(|(label, (index, d))| (label, core_samples[index].clone(), d)).collect()
        }
    };
    references.sort_by(|a, b| a.2.total_cmp(&b.2));
    references
}

fn distances(model: &Model, customer: ArrayView1<'_, f64>) -> Vec<SegmentDistance> {
    references(model, customer)
        .into_iter()
        .map(|(cluster, _, distance)| SegmentDistance {
            cluster,
            segment: model.segment_name(cluster).to_owned(),
            distance,
        })
        .collect()
}

/// Splits the difference of squared distances to the runner-up and to the nearest segment by feature:
/// the difference is a sum over features, so each one's part is exact. Shares are parts of the sum of
/// absolute parts.
fn reasons(
    model: &Model,
    dataset: &Dataset,
    customer: ArrayView1<'_, f64>,
    distances: &[SegmentDistance],
) -> Vec<Reason> {
    let references = references(model, customer);
    let ([first, second, ..], true) = (references.as_slice(), distances.len() > 1) else { return Vec::new() };
    let parts: Vec<f64> =
        customer.iter().enumerate().map(|(j, x)| (second.1[j] - x).powi(2) - (first.1[j] - x).powi(2)).collect();
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
    /// How sure, 0 to 1; see [`confidence`].
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
    let (scaled, _) = model.scaled(model.features_of(dataset)?)?;
    Ok(Placements {
        confidences: confidences(model, scaled.view(), &labels),
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
    let (scaled, _) = model.scaled(matrix)?;
    let labels = model.assign_all(scaled.view())?;
    let confidences = confidences(model, scaled.view(), &labels);
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
