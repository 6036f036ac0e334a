//! Segments: a recipe is fitted to customers and becomes a model, an artefact that is saved, read
//! back, named, explained and used to predict.

pub mod artefact;
pub mod compare;
mod error;
pub mod explore;
pub mod fit;
pub mod names;
pub mod predict;
pub mod profile;
pub mod recipe;
pub mod store;

pub use artefact::{Model, Segment};
pub use error::SegmentError;
pub use recipe::{Algorithm, Recipe, RecipeRequest};
