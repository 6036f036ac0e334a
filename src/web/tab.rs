//! The table of the pages of a data set.

use crate::dataset::Dataset;
use crate::library::versions;

/// Makes the pages from the table below: a page that is missing somewhere does not compile.
macro_rules! tabs {
    ($($tab:ident: $path:literal, $title:literal, $needs:ident, $filters:ident;)*) => {
        /// Pages of a data set.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(in crate::web) enum Tab { $($tab),* }

        impl Tab {
            /// All of them, in the order of the tabs.
            pub(in crate::web) const ALL: &[Self] = &[$(Self::$tab),*];

            const fn entry(self) -> Entry {
                match self {
                    $(Self::$tab => Entry { path: $path, title: $title, needs: Needs::$needs, filters: Filters::$filters },)*
                }
            }
        }
    };
}

tabs! {
    Overview: "overview", "Overview", Customers, OfCustomers;
    Explore: "explore", "Explore", Customers, OfCustomers;
    Cluster: "cluster", "Cluster", Customers, OfCustomers;
    Segments: "segments", "Segments", Model, OfCustomers;
    Insights: "insights", "Insights", Model, OfCustomers;
    Predict: "predict", "Predict", Model, OfCustomers;
    Rfm: "rfm", "RFM", Amounts, OfCustomers;
    Sales: "sales", "Sales", Amounts, OfFacts;
    Coupons: "coupons", "Coupons", Uses, OfFacts;
    Data: "data", "Data", Customers, OfCustomers;
    Versions: "versions", "Versions", Versions, OfCustomers;
}

struct Entry {
    path: &'static str,
    title: &'static str,
    needs: Needs,
    filters: Filters,
}

/// What a page is about, without which it is not offered.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Needs {
    Customers,
    Model,
    /// Facts with amounts.
    Amounts,
    /// Facts of things that are handed out and used.
    Uses,
    /// A model and an earlier version of the data.
    Versions,
}

/// The filters that a page offers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Filters {
    OfCustomers,
    /// Those of facts beside those of customers.
    OfFacts,
}

impl Tab {
    /// Its part of the address.
    pub(in crate::web) const fn path(self) -> &'static str {
        self.entry().path
    }

    /// Its name for people.
    pub(in crate::web) const fn title(self) -> &'static str {
        self.entry().title
    }

    /// Whether it says nothing without a model.
    pub(in crate::web) fn needs_model(self) -> bool {
        matches!(self.entry().needs, Needs::Model | Needs::Versions)
    }

    /// Whether the data has what the page is about.
    pub(in crate::web) fn fits(self, dataset: &Dataset) -> bool {
        let facts = dataset.facts.as_ref();
        match self.entry().needs {
            Needs::Amounts => facts.is_some_and(|facts| facts.has_amounts),
            Needs::Uses => facts.is_some_and(|facts| facts.uses.is_some()),
            Needs::Versions => versions::has_any(&dataset.folder),
            Needs::Customers | Needs::Model => true,
        }
    }

    /// Whether filters of facts are offered beside those of customers.
    pub(in crate::web) fn filters_facts(self) -> bool {
        self.entry().filters == Filters::OfFacts
    }
}
