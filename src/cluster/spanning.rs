//! Minimum spanning trees of points (Prim, 1957), in linear memory.

use super::chain::Pair;
use super::columns::{BLOCK, Columns, first_minimum};
use super::{ClusterError, Progress};
use ndarray::ArrayView2;

/// The edges of a minimum spanning tree of the rows of `x`, in the order in which Prim's algorithm adds them from row 0.
///
/// The length of an edge is the mutual reachability distance (Campello, Moulavi and Sander, 2013): the greatest of the
/// Euclidean distance and the two core distances, given squared, one per row; with zeros it is the Euclidean distance.
pub(super) fn minimum_spanning_tree(
    x: ArrayView2<f64>,
    squared_cores: &[f64],
    observer: &dyn Progress,
) -> Result<Vec<Pair>, ClusterError> {
    let total = x.nrows();
    let mut outside = Outside {
        columns: Columns::new(x).into_owned(),
        cores: squared_cores.to_vec(),
        rows: (0..total).collect(),
        lengths: vec![f64::INFINITY; total],
        nearest: vec![0; total],
        gone: 0,
    };
    let mut edges = Vec::with_capacity(total.saturating_sub(1));
    let mut point = vec![0.0; x.ncols()];
    let mut place = 0;
    while edges.len() + 1 < total {
        if observer.is_cancelled() {
            return Err(ClusterError::Cancelled);
        }
        if edges.len().is_multiple_of(256) {
            observer.progress(edges.len() as f64 / total as f64, "connecting the nearest rows");
        }
        outside.columns.row_into(place, &mut point);
        let (row, core) = (outside.rows[place], outside.cores[place]);
        outside.remove(place);
        place = outside.reach_from(row, core, &point);
        let Some(&length) = outside.lengths.get(place).filter(|length| length.is_finite()) else {
            return Err(ClusterError::Library { message: "distances exceed the range of numbers".into() });
        };
        edges.push(Pair { a: outside.nearest[place], b: outside.rows[place], height: length.sqrt() });
    }
    Ok(edges)
}

/// The rows that are not in the tree yet, each with its shortest edge to it.
struct Outside {
    /// Compact except for some rows that are infinitely far away because they joined the tree.
    columns: Columns<'static>,
    cores: Vec<f64>,
    rows: Vec<usize>,
    /// Squared length of the shortest edge, and the row of the tree at its other end.
    lengths: Vec<f64>,
    nearest: Vec<usize>,
    gone: usize,
}

impl Outside {
    fn remove(&mut self, place: usize) {
        self.columns.set_row(place, &vec![f64::INFINITY; self.columns.features()]);
        self.lengths[place] = f64::INFINITY;
        self.rows[place] = usize::MAX;
        self.gone += 1;
        if self.gone * 8 > self.rows.len() {
            let kept: Vec<usize> = (0..self.rows.len()).filter(|&place| self.rows[place] != usize::MAX).collect();
            self.columns.keep(&kept);
            self.cores = kept.iter().map(|&place| self.cores[place]).collect();
            self.rows = kept.iter().map(|&place| self.rows[place]).collect();
            self.lengths = kept.iter().map(|&place| self.lengths[place]).collect();
            self.nearest = kept.iter().map(|&place| self.nearest[place]).collect();
            self.gone = 0;
        }
    }

    /// Offers the edges from a row of the tree and returns the place with the shortest edge of all, the first of equals.
    fn reach_from(&mut self, row: usize, core: f64, point: &[f64]) -> usize {
        let mut buffer = [0.0; BLOCK];
        let (mut best, mut least) = (usize::MAX, f64::INFINITY);
        for start in (0..self.rows.len()).step_by(BLOCK) {
            let end = (start + BLOCK).min(self.rows.len());
            let squared = &mut buffer[..end - start];
            self.columns.squared_distances(start..end, point, squared);
            let lengths = &mut self.lengths[start..end];
            let states = lengths.iter_mut().zip(&mut self.nearest[start..end]).zip(&self.cores[start..end]);
            for (&squared, ((length, nearest), &other)) in squared.iter().zip(states) {
                let cores = if other > core { other } else { core };
                let offered = if squared > cores { squared } else { cores };
                let shorter = offered < *length;
                *length = if shorter { offered } else { *length };
                *nearest = if shorter { row } else { *nearest };
            }
            let (place, length) = first_minimum(lengths);
            if length < least {
                (best, least) = (start + place, length);
            }
        }
        best
    }
}
