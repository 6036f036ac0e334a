//! Parquet, a few rows of the file at a time.

use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use polars::io::parquet::metadata::FileMetadataRef;
use polars::prelude::*;
use rayon::prelude::*;

use super::cells::RawPiece;
use super::guarded::guarded;
use super::hash_of;
use super::nested::Plan;
use super::packed::Held;
use super::source::{Source, Work};
use crate::dataset::error::{DatasetError, first_line};

/// Most rows that are read at once. The columns of a group of rows are unpacked from their start, whichever of its rows are
/// wanted, so groups of the usual size are read whole.
const ROWS: usize = 1 << 20;

/// A file and how far it was read.
pub(super) struct Slices {
    held: Held,
    file: PathBuf,
    plan: Plan,
    wanted: Option<Vec<String>>,
    metadata: FileMetadataRef,
    /// First row and number of rows of what is still to come, backwards.
    ahead: Vec<(usize, usize)>,
    hash: Option<JoinHandle<std::io::Result<u64>>>,
}

impl Slices {
    pub(super) fn open(
        held: Held,
        file: &Path,
        wanted: Option<Vec<String>>,
        notes: &mut Vec<String>,
    ) -> Result<Self, DatasetError> {
        guarded(|| Self::open_trusted(held, file, wanted, notes)).unwrap_or_else(|| Err(damaged(file)))
    }

    fn open_trusted(
        held: Held,
        file: &Path,
        wanted: Option<Vec<String>>,
        notes: &mut Vec<String>,
    ) -> Result<Self, DatasetError> {
        let unreadable = |source| DatasetError::Unreadable { file: file.to_owned(), source };
        let opened = File::open(held.at()).map_err(unreadable)?;
        // The whole file is hashed while parts of it are unpacked.
        let hash = std::thread::spawn(move || hash_of(opened));
        let mut reader = ParquetReader::new(File::open(held.at()).map_err(unreadable)?);
        let schema = reader.schema().map_err(|error| broken(file, &error))?;
        let metadata = reader.get_metadata().map_err(|error| broken(file, &error))?.clone();
        let fields =
            schema.iter_values().map(|field| Field::new(field.name.clone(), DataType::from_arrow_field(field)));
        let plan = Plan::of(fields, notes);
        // A column that is not there is reported by whoever needs it.
        let wanted = wanted.map(|wanted| wanted.into_iter().filter(|name| plan.names.contains(name)).collect());
        #[expect(clippy::redundant_closure_for_method_calls, reason = "the type has no public path in polars")]
        let mut ahead = slices(metadata.row_groups.iter().map(|group| group.num_rows()));
        ahead.reverse();
        Ok(Self { held, file: file.to_owned(), plan, wanted, metadata, ahead, hash: Some(hash) })
    }

    fn frame(&self, slice: (usize, usize)) -> Result<DataFrame, DatasetError> {
        guarded(|| self.frame_trusted(slice)).unwrap_or_else(|| Err(damaged(&self.file)))
    }

    fn frame_trusted(&self, slice: (usize, usize)) -> Result<DataFrame, DatasetError> {
        // A handle of its own: copies of a handle share their place in the file.
        let opened = File::open(self.held.at());
        let opened = opened.map_err(|source| DatasetError::Unreadable { file: self.file.clone(), source })?;
        let mut reader = ParquetReader::new(opened);
        reader.set_metadata(self.metadata.clone());
        let frame = reader
            .with_columns(Some(self.plan.roots_of(self.wanted.as_deref())))
            .with_slice(Some(slice))
            .read_parallel(ParallelStrategy::None)
            .finish()
            .map_err(|error| broken(&self.file, &error))?;
        Plan::flatten(&self.file, &frame, self.wanted.as_deref())
    }
}

impl Source for Slices {
    fn names(&self) -> &[String] {
        &self.plan.names
    }

    fn expected_rows(&self) -> usize {
        self.metadata.num_rows
    }

    fn is_at_end(&self) -> bool {
        self.ahead.is_empty()
    }

    /// The file's hash is told once.
    fn hash(&mut self) -> Result<u64, DatasetError> {
        let unreadable = |source| DatasetError::Unreadable { file: self.file.clone(), source };
        let hash = self.hash.take().map_or(Ok(0), |hash| hash.join().unwrap_or_else(|_| Err(ErrorKind::Other.into())));
        hash.map_err(unreadable)
    }

    fn next(&mut self, most: usize, work: &Work<'_>) {
        // Slices are larger than blocks of text; one for each thread is enough.
        let most = most.min(rayon::current_num_threads());
        let kept = self.ahead.len().saturating_sub(most);
        let mut next = self.ahead.split_off(kept);
        next.reverse();
        let whole = &*self;
        next.into_par_iter().enumerate().for_each(|(at, slice)| work(at, whole.frame(slice).map(RawPiece::Frame)));
    }
}

/// First row and number of rows of each slice. None spans two of the file's groups of rows, which are unpacked one by one.
fn slices(groups: impl Iterator<Item = usize>) -> Vec<(usize, usize)> {
    let (mut first, mut slices) = (0, Vec::new());
    for rows in groups {
        slices.extend((0..rows).step_by(ROWS).map(|at| (first + at, ROWS.min(rows - at))));
        first += rows;
    }
    slices
}

/// The reader gave up on bytes that it takes for granted.
fn damaged(file: &Path) -> DatasetError {
    DatasetError::data(file, "is a damaged Parquet file; export it again")
}

fn broken(file: &Path, error: &PolarsError) -> DatasetError {
    DatasetError::data(file, format!("is not a readable Parquet file ({why})", why = first_line(error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damaged_files_are_told_and_nothing_panics() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.parquet");
        let texts: Vec<String> = (0..500).map(|row| format!("customer {}", row % 37)).collect();
        let missing: Vec<Option<f64>> = (0..500).map(|row| (row % 7 > 0).then_some(f64::from(row))).collect();
        let mut frame = polars::df!("id" => (0..500).collect::<Vec<i32>>(), "s" => texts, "x" => missing).unwrap();
        ParquetWriter::new(File::create(&file).unwrap()).finish(&mut frame).unwrap();
        let good = std::fs::read(&file).unwrap();
        let mut random = 1_u64;
        let mut refused = 0;
        for _ in 0..1500 {
            let mut bytes = good.clone();
            for _ in 0..3 {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let at = (random >> 20) as usize % bytes.len();
                bytes[at] ^= (random >> 56) as u8;
            }
            std::fs::write(&file, bytes).unwrap();
            let table = crate::dataset::manifest::Table { file: "a.parquet".to_owned(), ..Default::default() };
            if let Err(error) = super::super::read(folder.path(), &table, &crate::progress::Silent) {
                refused += 1;
                assert!(error.to_string().contains("a.parquet: "), "{error}");
            }
        }
        assert!(refused > 100, "{refused} of 1,500 damaged files were refused");
    }

    #[test]
    fn slices_cover_every_row_once_and_end_where_groups_end() {
        assert_eq!(slices([3, 0, ROWS + 2].into_iter()), [(0, 3), (3, ROWS), (3 + ROWS, 2)]);
        assert!(slices(std::iter::empty()).is_empty());
    }
}
