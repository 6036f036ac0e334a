//! The pages of a data set.

use crate::dataset::Dataset;
use crate::library::versions;

/// Pages of a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::web) enum Tab {
    Overview,
    Explore,
    Cluster,
    Segments,
    Insights,
    Predict,
    Rfm,
    Sales,
    Coupons,
    Data,
    Versions,
}

impl Tab {
    pub(in crate::web) const ALL: [Self; 11] = [
        Self::Overview,
        Self::Explore,
        Self::Cluster,
        Self::Segments,
        Self::Insights,
        Self::Predict,
        Self::Rfm,
        Self::Sales,
        Self::Coupons,
        Self::Data,
        Self::Versions,
    ];

    pub(in crate::web) fn path(self) -> &'static str {
        match self {
            Self::Overview => "overview",
            Self::Explore => "explore",
            Self::Cluster => "cluster",
            Self::Segments => "segments",
            Self::Insights => "insights",
            Self::Predict => "predict",
            Self::Rfm => "rfm",
            Self::Sales => "sales",
            Self::Coupons => "coupons",
            Self::Data => "data",
            Self::Versions => "versions",
        }
    }

    pub(in crate::web) fn title(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Explore => "Explore",
            Self::Cluster => "Cluster",
            Self::Segments => "Segments",
            Self::Insights => "Insights",
            Self::Predict => "Predict",
            Self::Rfm => "RFM",
            Self::Sales => "Sales",
            Self::Coupons => "Coupons",
            Self::Data => "Data",
            Self::Versions => "Versions",
        }
    }

    pub(in crate::web) fn needs_model(self) -> bool {
        matches!(self, Self::Segments | Self::Insights | Self::Predict | Self::Versions)
    }

    /// Whether the data has what the page is about.
    pub(in crate::web) fn fits(self, dataset: &Dataset) -> bool {
        let facts = dataset.facts.as_ref();
        match self {
            Self::Rfm | Self::Sales => facts.is_some_and(|facts| facts.has_amounts),
            Self::Coupons => facts.is_some_and(|facts| facts.uses.is_some()),
            Self::Versions => versions::has_any(&dataset.folder),
            _ => true,
        }
    }

    /// Whether filters of facts are offered beside those of customers.
    pub(in crate::web) fn filters_facts(self) -> bool {
        matches!(self, Self::Sales | Self::Coupons)
    }
}
