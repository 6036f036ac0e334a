//! Names and colours of what a chart shows.

use super::palette;
use crate::query::relation::{Colour, Part};
use crate::segment::Segment;

/// Names and colours of a model's segments.
#[derive(Debug, Clone, Default)]
pub(in crate::web) struct SegmentStyle {
    pub(in crate::web) segments: Vec<Segment>,
}

impl SegmentStyle {
    pub(in crate::web) fn name(&self, cluster: i32) -> String {
        self.find(cluster).map_or_else(|| "All customers".to_owned(), |segment| segment.name.clone())
    }

    pub(in crate::web) fn colour(&self, cluster: i32) -> String {
        self.find(cluster).map_or_else(|| palette::colour(cluster), |segment| palette::colour(segment.colour))
    }

    fn find(&self, cluster: i32) -> Option<&Segment> {
        self.segments.iter().find(|segment| segment.cluster == cluster)
    }
}

/// Names and colours of whatever colours a chart.
#[derive(Debug, Clone)]
pub(in crate::web) enum ColourStyle {
    Single,
    Segment(SegmentStyle),
    Level,
}

impl ColourStyle {
    pub(in crate::web) fn of(colour: Colour<'_>, style: SegmentStyle) -> Self {
        match colour {
            Colour::Single => Self::Single,
            Colour::Segment => Self::Segment(style),
            Colour::Level(_) => Self::Level,
        }
    }

    pub(in crate::web) fn colour(&self, part: &Part) -> String {
        self.colour_of(part.group.key)
    }

    pub(in crate::web) fn name(&self, part: &Part) -> String {
        self.name_of(part.group.key, &part.name)
    }

    pub(in crate::web) fn colour_of(&self, key: i32) -> String {
        match self {
            Self::Segment(style) => style.colour(key),
            Self::Single => palette::colour(0),
            Self::Level => palette::colour(key),
        }
    }

    pub(in crate::web) fn name_of(&self, key: i32, name: &str) -> String {
        match self {
            Self::Segment(style) => style.name(key),
            Self::Single => "All customers".to_owned(),
            Self::Level => name.to_owned(),
        }
    }
}
