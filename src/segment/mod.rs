//! Segments: a recipe is fitted to customers and becomes a model, an artefact that is saved, read
//! back, named, explained and used to predict.

pub mod advice;
pub mod algorithms;
pub mod anatomy;
pub mod artefact;
pub mod comparison;
pub mod continuity;
pub mod encode;
mod error;
pub mod estimator;
pub mod explore;
pub mod fit;
pub mod forecasts;
pub mod lifetime;
pub mod measure;
pub mod moves;
pub mod names;
pub mod opinions;
pub mod outlook;
pub mod predict;
pub mod profile;
pub mod recipe;
pub mod report;
pub mod request;
pub mod scores;
pub mod store;
pub mod trust;
pub mod verdict;
pub mod versions;

pub use artefact::{Model, Segment};
pub use error::SegmentError;
pub use recipe::{Algorithm, Recipe};
pub use request::RecipeRequest;
