//! Long work: a question becomes a job, whose answer is kept.

pub(in crate::web) mod editing;
pub(in crate::web) mod forecasts;
pub(in crate::web) mod importing;
pub(in crate::web) mod train;
pub(in crate::web) mod versions;
