//! Rows of cells with what stands around them.

/// A line of a sheet.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Line {
    /// Cells from left to right; there may be fewer than columns.
    Cells(Vec<String>),
    /// A line that is no row, such as a comment.
    Bare(String),
    /// The line that names the separator.
    Separator,
}

impl Line {
    /// A line of one cell.
    pub(super) fn only(text: impl Into<String>) -> Self {
        Self::Cells(vec![text.into()])
    }

    /// A line of as many cells as there are columns, of which the first is filled.
    pub(super) fn padded(text: impl Into<String>, width: usize) -> Self {
        let mut cells = vec![String::new(); width.max(1)];
        cells[0] = text.into();
        Self::Cells(cells)
    }

    /// The cells, if it has some.
    pub(super) fn cells(&self) -> Option<&[String]> {
        if let Self::Cells(cells) = self { Some(cells) } else { None }
    }

    /// The cells to be changed, if it has some.
    pub(super) fn cells_mut(&mut self) -> Option<&mut Vec<String>> {
        if let Self::Cells(cells) = self { Some(cells) } else { None }
    }
}

/// A table with what stands above and below it.
#[derive(Debug, Clone)]
pub(super) struct Sheet {
    pub(super) above: Vec<Line>,
    pub(super) header: Option<Vec<String>>,
    pub(super) rows: Vec<Line>,
    pub(super) below: Vec<Line>,
}

impl Sheet {
    /// All lines from top to bottom.
    pub(super) fn lines(&self) -> impl Iterator<Item = Line> {
        let header = self.header.iter().map(|names| Line::Cells(names.clone()));
        self.above.iter().cloned().chain(header).chain(self.rows.iter().chain(&self.below).cloned())
    }

    /// Number of columns.
    pub(super) fn width(&self) -> usize {
        let first = self.rows.first().and_then(Line::cells).map_or(0, <[String]>::len);
        self.header.as_ref().map_or(first, Vec::len)
    }

    /// Changes every line that is as wide as the table, those around it too.
    pub(super) fn each_wide_line(&mut self, mut change: impl FnMut(&mut Vec<String>)) {
        let width = self.width();
        let lines = self.above.iter_mut().chain(&mut self.rows).chain(&mut self.below).filter_map(Line::cells_mut);
        lines.chain(&mut self.header).filter(|cells| cells.len() == width).for_each(&mut change);
    }

    /// Changes the header and every row.
    pub(super) fn each_row(&mut self, mut change: impl FnMut(&mut Vec<String>)) {
        let rows = self.rows.iter_mut().filter_map(Line::cells_mut);
        self.header.iter_mut().chain(rows).for_each(&mut change);
    }
}
