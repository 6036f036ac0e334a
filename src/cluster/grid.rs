//! DBSCAN in up to three dimensions by a grid of cells (Gunawan, 2013; Gan and Tao, 2015), exact.
//!
//! Two rows of one cell are neighbours, so a cell of `min_samples` rows needs no counting, and clusters are connected cell by
//! cell. Cells are sorted, which makes the neighbours of a cell a few runs of memory.

use super::columns::Columns;
use super::dbscan_fit::DbscanFit;
use super::{ClusterError, NOISE, Progress, label_of};
use rayon::prelude::*;
use std::ops::Range;

/// Most dimensions; in more a cell has too many neighbours.
const DIMENSIONS: usize = 3;

/// Most cells along a side: beyond, rounding could part neighbours, and keys would not fit.
const SIDE_CELLS: f64 = (1 << 20) as f64;

/// Bits of a cell's place along one side; two more cells on either end leave room for neighbours.
const BITS: u32 = 21;

/// How far neighbours can be, in cells: a radius is at most 1.74 cells long.
const REACH: i64 = 2;

/// Cells between two questions whether to stop.
const CHUNK: usize = 1024;

/// Cells are a little smaller than they might be, so that rounding cannot part rows of one cell.
const SHRINK: f64 = 1.0 - 1e-9;

type Point = [f64; DIMENSIONS];

/// Rows sorted into cells.
pub(super) struct Grid {
    radius_squared: f64,
    /// Key of each cell, ascending.
    keys: Vec<u64>,
    /// Where each cell's rows start; one more at the end.
    starts: Vec<u32>,
    /// Rows in the order of cells, and rows of one cell ascending.
    rows: Vec<u32>,
    points: Vec<Point>,
    /// Differences of keys, dimensions but the last: each names a run of up to five neighbouring cells.
    offsets: Vec<i64>,
}

/// Clusters connected so far, as a forest of cells.
struct Forest(Vec<u32>);

impl Forest {
    fn root(&mut self, mut cell: u32) -> u32 {
        while self.0[cell as usize] != cell {
            let above = self.0[self.0[cell as usize] as usize];
            self.0[cell as usize] = above;
            cell = above;
        }
        cell
    }

    fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b) as usize] = a.min(b);
    }
}

fn squared(a: &Point, b: &Point) -> f64 {
    let mut total = 0.0;
    for (a, b) in a.iter().zip(b) {
        total += (a - b) * (a - b);
    }
    total
}

impl Grid {
    /// `None` where a grid does not pay: more than three features, or a radius tiny beside the range.
    pub(super) fn new(columns: &Columns, eps: f64) -> Option<Self> {
        let (rows, features) = (columns.rows(), columns.features());
        if features > DIMENSIONS || u32::try_from(rows).is_err() {
            return None;
        }
        let side = eps / (features as f64).sqrt() * SHRINK;
        let mut points = vec![[0.0; DIMENSIONS]; rows];
        points.par_iter_mut().enumerate().for_each(|(row, point)| columns.row_into(row, point));
        let low = points.iter().fold([f64::INFINITY; DIMENSIONS], |low, p| std::array::from_fn(|d| low[d].min(p[d])));
        let high =
            points.iter().fold([f64::NEG_INFINITY; DIMENSIONS], |high, p| std::array::from_fn(|d| high[d].max(p[d])));
        if (0..DIMENSIONS).any(|d| (high[d] - low[d]) / side > SIDE_CELLS) {
            return None;
        }
        let key = |point: &Point| {
            // Missing dimensions are 0 everywhere.
            (0..DIMENSIONS).fold(0, |key, d| (key << BITS) | (((point[d] - low[d]) / side) as u64 + REACH as u64))
        };
        let mut keyed: Vec<(u64, u32)> = points.par_iter().map(key).zip(0..rows as u32).collect();
        keyed.par_sort_unstable();
        let points = keyed.par_iter().map(|&(_, row)| points[row as usize]).collect();
        let (mut keys, mut starts): (Vec<u64>, Vec<u32>) = (Vec::new(), Vec::new());
        for (position, &(key, _)) in keyed.iter().enumerate() {
            if keys.last() != Some(&key) {
                keys.push(key);
                starts.push(position as u32);
            }
        }
        starts.push(rows as u32);
        let reach = |dimension: usize| if dimension < features { -REACH..=REACH } else { 0..=0 };
        let offsets =
            reach(0).flat_map(|first| reach(1).map(move |second| ((first << BITS) + second) << BITS)).collect();
        let rows = keyed.into_iter().map(|(_, row)| row).collect();
        Some(Self { radius_squared: eps * eps, keys, starts, rows, points, offsets })
    }

    fn positions(&self, cells: Range<usize>) -> Range<usize> {
        self.starts[cells.start] as usize..self.starts[cells.end] as usize
    }

    /// Calls back with each cell of a range and the runs of cells around it, itself included.
    fn walk<T>(
        &self,
        cells: Range<usize>,
        mut visit: impl FnMut(usize, &[Range<usize>]) -> Result<T, ClusterError>,
    ) -> Result<(), ClusterError> {
        // As cells ascend, so do the runs that each offset leads to.
        let near = |cell: usize, offset: i64| {
            let middle = self.keys[cell].wrapping_add_signed(offset);
            (middle - REACH as u64, middle + REACH as u64)
        };
        let mut runs: Vec<Range<usize>> = vec![0..0; self.offsets.len()];
        for (run, &offset) in runs.iter_mut().zip(&self.offsets) {
            let first = self.keys.partition_point(|&key| key < near(cells.start, offset).0);
            *run = first..first;
        }
        for cell in cells {
            for (run, &offset) in runs.iter_mut().zip(&self.offsets) {
                let (low, high) = near(cell, offset);
                while run.start < self.keys.len() && self.keys[run.start] < low {
                    run.start += 1;
                }
                run.end = run.end.max(run.start);
                while run.end < self.keys.len() && self.keys[run.end] <= high {
                    run.end += 1;
                }
            }
            visit(cell, &runs)?;
        }
        Ok(())
    }

    /// [`walk`](Self::walk) over all cells in parallel; `task` gets each cell with its rows' slots in `out`.
    fn map<T: Send>(
        &self,
        out: &mut [T],
        observer: &dyn Progress,
        task: impl Fn(usize, &[Range<usize>], &mut [T]) + Sync,
    ) -> Result<(), ClusterError> {
        let mut rest = out;
        let mut chunks = Vec::new();
        for start in (0..self.keys.len()).step_by(CHUNK) {
            let cells = start..self.keys.len().min(start + CHUNK);
            let (own, others) = rest.split_at_mut(self.positions(cells.clone()).len());
            chunks.push((cells, own));
            rest = others;
        }
        chunks.into_par_iter().try_for_each(|(cells, mut slots)| {
            self.walk(cells, |cell, runs| {
                if observer.is_cancelled() {
                    return Err(ClusterError::Cancelled);
                }
                let (own, others) = std::mem::take(&mut slots).split_at_mut(self.positions(cell..cell + 1).len());
                slots = others;
                task(cell, runs, own);
                Ok(())
            })
        })
    }

    /// Which rows, in the order of cells, are core samples.
    fn cores(&self, min_samples: usize, observer: &dyn Progress) -> Result<Vec<bool>, ClusterError> {
        let mut core = vec![false; self.rows.len()];
        self.map(&mut core, observer, |cell, runs, slots| {
            if slots.len() >= min_samples {
                slots.fill(true);
                return;
            }
            for (slot, point) in slots.iter_mut().zip(&self.points[self.positions(cell..cell + 1)]) {
                let mut count = 0;
                for run in runs {
                    let others = &self.points[self.positions(run.clone())];
                    count += others.iter().filter(|other| squared(point, other) <= self.radius_squared).count();
                    if count >= min_samples {
                        *slot = true;
                        break;
                    }
                }
            }
        })?;
        Ok(core)
    }

    /// The core samples of a cell.
    fn core_points<'a>(&'a self, cell: usize, core: &'a [bool]) -> impl Iterator<Item = &'a Point> + Clone {
        self.positions(cell..cell + 1).filter(|&position| core[position]).map(|position| &self.points[position])
    }

    /// Whether a core sample of one cell has one of the other for a neighbour.
    fn touch(&self, a: usize, b: usize, core: &[bool]) -> bool {
        let corners = |cell| {
            let start = ([f64::INFINITY; DIMENSIONS], [f64::NEG_INFINITY; DIMENSIONS]);
            self.core_points(cell, core).fold(start, |(low, high), p| {
                (std::array::from_fn(|d| low[d].min(p[d])), std::array::from_fn(|d| high[d].max(p[d])))
            })
        };
        let (low, high) = corners(b);
        let near_b = |point: &&Point| {
            let nearest: Point = std::array::from_fn(|d| point[d].clamp(low[d], high[d]));
            squared(point, &nearest) <= self.radius_squared
        };
        self.core_points(a, core)
            .filter(near_b)
            .any(|point| self.core_points(b, core).any(|other| squared(point, other) <= self.radius_squared))
    }

    /// Connects cells whose core samples are neighbours; `None` where a cell has no core sample.
    fn connect(&self, core: &[bool], observer: &dyn Progress) -> Result<Vec<Option<u32>>, ClusterError> {
        let has_core: Vec<bool> =
            (0..self.keys.len()).map(|cell| self.positions(cell..cell + 1).any(|position| core[position])).collect();
        let mut forest = Forest((0..self.keys.len() as u32).collect());
        // Cells side by side mostly touch, and spare the search between those farther apart.
        for closest in [true, false] {
            self.walk(0..self.keys.len(), |cell, runs| {
                if observer.is_cancelled() {
                    return Err(ClusterError::Cancelled);
                }
                if !has_core[cell] {
                    return Ok(());
                }
                for other in runs.iter().cloned().flatten().filter(|&other| other < cell && has_core[other]) {
                    let (a, b) = (cell as u32, other as u32);
                    if self.is_beside(cell, other) == closest
                        && forest.root(a) != forest.root(b)
                        && self.touch(cell, other, core)
                    {
                        forest.join(a, b);
                    }
                }
                Ok(())
            })?;
        }
        Ok((0..self.keys.len()).map(|cell| has_core[cell].then(|| forest.root(cell as u32))).collect())
    }

    fn is_beside(&self, a: usize, b: usize) -> bool {
        let place = |cell: usize, d: u32| (self.keys[cell] >> (d * BITS)) & ((1 << BITS) - 1);
        (0..DIMENSIONS as u32).all(|d| place(a, d).abs_diff(place(b, d)) <= 1)
    }

    /// DBSCAN on the rows of the grid.
    pub(super) fn fit(&self, min_samples: usize, observer: &dyn Progress) -> Result<DbscanFit, ClusterError> {
        observer.progress(0.2, "counting neighbours");
        let core = self.cores(min_samples, observer)?;
        observer.progress(0.6, "connecting core samples");
        let roots = self.connect(&core, observer)?;

        let mut labels = vec![NOISE; self.rows.len()];
        let mut root_of = vec![None; self.rows.len()];
        for (cell, root) in roots.iter().enumerate() {
            for position in self.positions(cell..cell + 1).filter(|&position| core[position]) {
                root_of[self.rows[position] as usize] = *root;
            }
        }
        let mut numbers = vec![NOISE; self.keys.len()];
        let mut n_clusters = 0;
        for (label, root) in labels.iter_mut().zip(&root_of) {
            let Some(root) = root else { continue };
            let number = &mut numbers[*root as usize];
            if *number == NOISE {
                *number = label_of(n_clusters);
                n_clusters += 1;
            }
            *label = *number;
        }

        observer.progress(0.8, "assigning border rows");
        let number_of = |cell: usize| roots[cell].map(|root| numbers[root as usize]);
        let mut borders = vec![NOISE; self.rows.len()];
        self.map(&mut borders, observer, |cell, runs, slots| {
            for (slot, position) in slots.iter_mut().zip(self.positions(cell..cell + 1)) {
                if core[position] {
                    continue;
                }
                let point = &self.points[position];
                for other in runs.iter().cloned().flatten() {
                    let Some(number) = number_of(other).filter(|&number| *slot == NOISE || number < *slot) else {
                        continue;
                    };
                    if self.core_points(other, &core).any(|other| squared(point, other) <= self.radius_squared) {
                        *slot = number;
                    }
                }
            }
        })?;
        for (position, &border) in borders.iter().enumerate().filter(|(_, border)| **border != NOISE) {
            labels[self.rows[position] as usize] = border;
        }
        let core_samples = (0..labels.len()).filter(|&row| root_of[row].is_some()).collect();
        Ok(DbscanFit { labels, core_samples, n_clusters })
    }
}
