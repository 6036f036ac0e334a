//! A kind of mess: its name, what it concerns, and the change that makes it.

use super::export::Export;
use crate::generate::Draw;

/// What a mess concerns. A file has one mess of each at most, and they are made in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Aspect {
    /// What the rows say.
    Rows,
    /// Names of columns.
    Names,
    /// Ids of customers.
    Ids,
    /// Places and other levels.
    Levels,
    /// Days.
    Days,
    /// Amounts.
    Amounts,
    /// Marks of what is not known.
    Gaps,
    /// Which columns there are, and where.
    Columns,
    /// What stands in and around cells.
    Cells,
    /// What stands above the table.
    Above,
    /// What stands among its rows and below them.
    Below,
    /// Separators and quotes.
    Separators,
    /// Ends of lines.
    Lines,
    /// Letters as bytes.
    Letters,
    /// Several files.
    Files,
    /// Other formats than text.
    Formats,
}

impl Aspect {
    /// All aspects, with how often a mess is of each.
    pub(super) const ALL: [(Self, f64); 16] = [
        (Self::Rows, 0.8),
        (Self::Names, 1.0),
        (Self::Ids, 1.0),
        (Self::Levels, 0.6),
        (Self::Days, 2.0),
        (Self::Amounts, 2.0),
        (Self::Gaps, 0.5),
        (Self::Columns, 1.0),
        (Self::Cells, 0.5),
        (Self::Above, 1.0),
        (Self::Below, 1.0),
        (Self::Separators, 0.8),
        (Self::Lines, 0.5),
        (Self::Letters, 0.8),
        (Self::Files, 0.4),
        (Self::Formats, 0.6),
    ];
}

/// Makes a mess of an export; says whether it can be made of this one.
pub(super) type Make = fn(&mut Export, &mut Draw) -> bool;

/// A kind of mess.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kind {
    pub(super) name: &'static str,
    pub(super) aspect: Aspect,
    pub(super) make: Make,
}

impl Kind {
    pub(super) const fn new(name: &'static str, aspect: Aspect, make: Make) -> Self {
        Self { name, aspect, make }
    }
}
