//! A model in use: with its place of keeping, and where it puts the customers of today.

use std::sync::{Arc, OnceLock};

use crate::dataset::Dataset;
use crate::dataset::export::ExtraColumn;
use crate::segment::explore::Geometry;
use crate::segment::predict::placements;
use crate::segment::{Model, SegmentError};

/// About what a model takes beside its labels: centroids, profiles, a picture.
const SMALL_PARTS: usize = 256 * 1024;

/// A model in use.
#[derive(Debug)]
pub struct ModelEntry {
    /// The model.
    pub model: Model,
    /// Cluster of every customer as the data is now, where that is not what the model was fitted to.
    moved: Option<Vec<i32>>,
    /// Whether it is on disk, and if not, why.
    pub storage: Storage,
    geometry: OnceLock<Option<Geometry>>,
    placements: OnceLock<Arc<Vec<ExtraColumn>>>,
}

/// Where a model is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Storage {
    /// In the models folder.
    Saved,
    /// In memory; nobody asked to save it.
    Trial,
    /// In memory; saving failed for this reason.
    Failed(String),
}

impl ModelEntry {
    /// A model with its labels on a data set.
    ///
    /// # Errors
    /// When the data set lost a feature of the model.
    pub fn new(model: Model, dataset: &Dataset, storage: Storage) -> Result<Self, SegmentError> {
        let moved = if model.is_fitted_to(dataset) { None } else { Some(model.labels_for(dataset)?) };
        Ok(Self { model, moved, storage, geometry: OnceLock::new(), placements: OnceLock::new() })
    }

    /// Cluster of every customer as the data is now.
    pub fn labels(&self) -> &[i32] {
        self.moved.as_deref().unwrap_or(&self.model.labels)
    }

    /// Cluster, segment and confidence of every customer for downloads, worked out once and shared by all of them.
    ///
    /// # Errors
    /// When the data set lost a feature of the model.
    pub fn placement_columns(&self, dataset: &Dataset) -> Result<Arc<Vec<ExtraColumn>>, SegmentError> {
        if let Some(known) = self.placements.get() {
            return Ok(Arc::clone(known));
        }
        let found = Arc::new(placements(&self.model, dataset)?.columns(dataset));
        Ok(Arc::clone(self.placements.get_or_init(|| found)))
    }

    /// About the memory it takes.
    pub(super) fn bytes(&self) -> usize {
        let labels = self.model.labels.len() + self.moved.as_ref().map_or(0, Vec::len);
        labels * size_of::<i32>() + SMALL_PARTS
    }

    /// Principal components and a sample for drawing, computed once.
    pub fn geometry(&self, dataset: &Dataset) -> Option<&Geometry> {
        self.geometry
            .get_or_init(|| {
                Geometry::of(&self.model, dataset, self.labels())
                    .inspect_err(|error| tracing::warn!(%error, model = self.model.name, "cannot draw model"))
                    .ok()
            })
            .as_ref()
    }

    /// The same, known to be kept so.
    pub(super) fn kept(self, storage: Storage) -> Self {
        Self { storage, ..self }
    }

    /// The same model with other texts, kept elsewhere.
    #[must_use]
    pub fn stored(&self, model: Model, storage: Storage) -> Self {
        Self { model, moved: self.moved.clone(), storage, geometry: OnceLock::new(), placements: OnceLock::new() }
    }
}
