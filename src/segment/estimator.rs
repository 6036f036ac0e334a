//! The fitted state of an algorithm: where it puts rows, how surely, and what they are compared with.

use std::collections::BTreeMap;

use ndarray::{Array2, ArrayView1, ArrayView2};
use serde::{Deserialize, Serialize};

use super::SegmentError;
use crate::cluster::estimators::{Centroids, Cores, Labels, Leaves, Predict, Watch};
use crate::cluster::hdbscan::HdbscanModel;
use crate::cluster::hierarchical::{Linkage, Merge};
use crate::cluster::mixture::Mixture;
use crate::cluster::{NOISE, Progress, Silent, kmeans};

/// The fitted state of an algorithm, in the space of the features.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "kebab-case")]
pub enum Estimator {
    /// Nearest centroid.
    Kmeans {
        /// A row a cluster.
        centroids: Vec<Vec<f64>>,
    },
    /// Nearest core sample within `eps`.
    Dbscan {
        /// Radius.
        eps: f64,
        /// A row a core sample.
        core_samples: Vec<Vec<f64>>,
        /// Their clusters.
        core_labels: Vec<i32>,
    },
    /// Nearest leaf of a hierarchy.
    Hierarchical {
        /// How far apart two clusters are.
        linkage: Linkage,
        /// A row a leaf: a customer, or the mean of a micro-cluster.
        representatives: Vec<Vec<f64>>,
        /// Their clusters.
        representative_labels: Vec<i32>,
        /// Customers that each stands for.
        weights: Vec<usize>,
        /// The hierarchy.
        merges: Vec<Merge>,
    },
    /// Likeliest component.
    GaussianMixture {
        /// The mixture.
        mixture: Mixture,
    },
    /// Nearest customer by mutual reachability.
    Hdbscan {
        /// The customers fitted and their density.
        model: HdbscanModel,
    },
}

/// What a row is compared with for a cluster: its centroid, or the nearest of its points.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    /// The cluster.
    pub cluster: i32,
    /// The point.
    pub point: Vec<f64>,
    /// Euclidean distance to it.
    pub distance: f64,
    /// How likely the row is of the cluster, where the algorithm says.
    pub probability: Option<f64>,
}

fn distance(point: &[f64], row: ArrayView1<'_, f64>) -> f64 {
    point.iter().zip(row).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
}

/// How clear an assignment by distance is, 0 to 1: `1 - own / other` with the distances to the own and to the nearest other
/// cluster, which is the simplified silhouette (Hruschka, de Castro and Campello 2004).
fn separation(own: f64, other: f64) -> f64 {
    if other == 0.0 {
        0.0
    } else if other.is_infinite() {
        1.0
    } else {
        (1.0 - own / other).clamp(0.0, 1.0)
    }
}

impl Estimator {
    /// The cluster of each row, or [`NOISE`].
    ///
    /// # Errors
    /// [`SegmentError::Cluster`] when a value is not finite or too large to square, or the observer cancels.
    pub fn predict(&self, rows: ArrayView2<'_, f64>, observer: &dyn Progress) -> Result<Vec<i32>, SegmentError> {
        let width = rows.ncols();
        Ok(match self {
            Self::Kmeans { centroids } => Centroids(to_array(centroids, width)).watched(observer).predict(&rows)?,
            Self::Dbscan { eps, core_samples, core_labels } => {
                let cores = Cores { eps: *eps, points: to_array(core_samples, width), labels: core_labels };
                cores.watched(observer).predict(&rows)?
            }
            Self::Hierarchical { representatives, representative_labels, .. } => {
                let leaves = Leaves { points: to_array(representatives, width), labels: representative_labels };
                leaves.watched(observer).predict(&rows)?
            }
            Self::GaussianMixture { mixture } => Predict::<_, Labels>::predict(&mixture.watched(observer), &rows)?,
            Self::Hdbscan { model } => Predict::<_, Labels>::predict(&model.watched(observer), &rows)?,
        })
    }

    /// How sure each row's cluster is, from 0 to 1; 0 where it has none.
    ///
    /// K-Means: 0 half-way between two centroids, 1 on one. DBSCAN and hierarchical: 1, since they say no more. Gaussian
    /// mixture: the probability of the component. HDBSCAN: the membership strength, 1 in the densest part of the cluster.
    ///
    /// # Errors
    /// As [`predict`](Self::predict).
    pub fn confidences(&self, rows: ArrayView2<'_, f64>, labels: &[i32]) -> Result<Vec<f64>, SegmentError> {
        Ok(match self {
            Self::Kmeans { centroids } => {
                let centroids = to_array(centroids, rows.ncols());
                let sure = |(row, label): (ArrayView1<'_, f64>, &i32)| {
                    let distances = kmeans::distances(centroids.view(), &row.to_vec());
                    let Some(own) = usize::try_from(*label).ok().filter(|own| *own < distances.len()) else {
                        return 0.0;
                    };
                    let others = distances.iter().enumerate().filter(|(cluster, _)| *cluster != own);
                    separation(distances[own], others.map(|(_, distance)| *distance).fold(f64::INFINITY, f64::min))
                };
                rows.rows().into_iter().zip(labels).map(sure).collect()
            }
            Self::Dbscan { .. } | Self::Hierarchical { .. } => {
                labels.iter().map(|label| if *label == NOISE { 0.0 } else { 1.0 }).collect()
            }
            Self::GaussianMixture { mixture } => {
                let shares = mixture.responsibilities(rows, &Silent)?;
                let of = |(row, label): (usize, &i32)| {
                    usize::try_from(*label).ok().and_then(|label| shares.get((row, label))).copied().unwrap_or(0.0)
                };
                labels.iter().enumerate().map(of).collect()
            }
            Self::Hdbscan { model } => model
                .predict(rows, &Silent)?
                .into_iter()
                .zip(labels)
                .map(|(place, label)| place.filter(|(found, _)| found == label).map_or(0.0, |(_, strength)| strength))
                .collect(),
        })
    }

    /// What a row is compared with, a reference a cluster: that of its own cluster first where it has one, the others from
    /// near to far, or from likely to unlikely.
    #[must_use]
    pub fn references(&self, row: ArrayView1<'_, f64>) -> Vec<Reference> {
        let mut references: Vec<Reference> = match self {
            Self::Kmeans { centroids } => means(centroids, row),
            Self::Dbscan { core_samples, core_labels, .. } => nearest_points(slices(core_samples), core_labels, row),
            Self::Hierarchical { representatives, representative_labels, .. } => {
                nearest_points(slices(representatives), representative_labels, row)
            }
            Self::GaussianMixture { mixture } => {
                let shares = mixture.responsibilities(row.insert_axis(ndarray::Axis(0)), &Silent);
                let share = |cluster: i32| shares.as_ref().ok()?.get((0, cluster as usize)).copied();
                let of = |reference: Reference| Reference { probability: share(reference.cluster), ..reference };
                means(&mixture.means, row).into_iter().map(of).collect()
            }
            Self::Hdbscan { model } => nearest_points(model.rows(), &model.labels, row),
        };
        references.sort_by(|a, b| {
            let likelier = b.probability.unwrap_or(0.0).total_cmp(&a.probability.unwrap_or(0.0));
            likelier.then(a.distance.total_cmp(&b.distance)).then(a.cluster.cmp(&b.cluster))
        });
        references
    }

    /// How much each column of the space speaks for the first reference against the second; positive is for it.
    ///
    /// By distance: the difference of the squared distances is a sum over columns, so each one's part is exact. Gaussian
    /// mixture: what knowing the column adds to the logarithm of the odds, the others known.
    #[must_use]
    pub fn evidence(&self, row: ArrayView1<'_, f64>, first: &Reference, second: &Reference) -> Vec<f64> {
        if let Self::GaussianMixture { mixture } = self
            && let Ok(parts) = mixture.evidence(row, first.cluster as usize, second.cluster as usize)
        {
            return parts;
        }
        let part = |(index, x): (usize, &f64)| (second.point[index] - x).powi(2) - (first.point[index] - x).powi(2);
        row.iter().enumerate().map(part).collect()
    }

    /// The greatest label, when every part has `width` columns and lengths agree.
    ///
    /// # Errors
    /// What does not fit, in words.
    pub(super) fn check(&self, width: usize) -> Result<i32, String> {
        let wide = |rows: &[Vec<f64>]| rows.iter().all(|row| row.len() == width);
        let greatest = |labels: &[i32]| labels.iter().copied().max().unwrap_or(NOISE);
        let (fits, highest) = match self {
            Self::Kmeans { centroids } => (wide(centroids) && !centroids.is_empty(), centroids.len() as i32 - 1),
            Self::Dbscan { core_samples, core_labels, .. } => {
                (wide(core_samples) && core_samples.len() == core_labels.len(), greatest(core_labels))
            }
            Self::Hierarchical { representatives, representative_labels, weights, merges, .. } => (
                wide(representatives)
                    && !representatives.is_empty()
                    && [representative_labels.len(), weights.len(), merges.len() + 1] == [representatives.len(); 3],
                greatest(representative_labels),
            ),
            Self::GaussianMixture { mixture } => {
                (wide(&mixture.means) && mixture.check().is_ok(), mixture.weights.len() as i32 - 1)
            }
            Self::Hdbscan { model } => (model.features == width && model.check().is_ok(), greatest(&model.labels)),
        };
        if fits { Ok(highest) } else { Err("parts of the estimator differ in number from the features".to_owned()) }
    }
}

fn means(points: &[Vec<f64>], row: ArrayView1<'_, f64>) -> Vec<Reference> {
    points
        .iter()
        .enumerate()
        .map(|(cluster, point)| Reference {
            cluster: cluster as i32,
            point: point.clone(),
            distance: distance(point, row),
            probability: None,
        })
        .collect()
}

/// The nearest point of each cluster.
fn nearest_points<'a>(
    points: impl Iterator<Item = &'a [f64]>,
    labels: &[i32],
    row: ArrayView1<'_, f64>,
) -> Vec<Reference> {
    let mut nearest: BTreeMap<i32, (&[f64], f64)> = BTreeMap::new();
    for (point, label) in points.zip(labels).filter(|(_, label)| **label != NOISE) {
        let found = distance(point, row);
        let entry = nearest.entry(*label).or_insert((point, found));
        if found < entry.1 {
            *entry = (point, found);
        }
    }
    nearest
        .into_iter()
        .map(|(cluster, (point, distance))| Reference { cluster, point: point.to_vec(), distance, probability: None })
        .collect()
}

fn slices(rows: &[Vec<f64>]) -> impl Iterator<Item = &[f64]> {
    rows.iter().map(Vec::as_slice)
}

/// Rows as a matrix of that many columns.
fn to_array(rows: &[Vec<f64>], columns: usize) -> Array2<f64> {
    let flat: Vec<f64> = rows.iter().flatten().copied().collect();
    Array2::from_shape_vec((rows.len(), columns), flat).unwrap_or_else(|_| Array2::zeros((0, columns)))
}

/// A matrix as rows.
pub(super) fn to_rows(array: ArrayView2<'_, f64>) -> Vec<Vec<f64>> {
    array.rows().into_iter().map(|row| row.to_vec()).collect()
}
