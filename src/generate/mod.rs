//! Synthetic data of a manifest's shape: seeded, with planted segments and dirt for the cleaner.

mod clickstream;
mod coupons;
mod marketplace;
pub mod mess;
mod personality;
mod petshop;

use std::path::{Path, PathBuf};

use rand::Rng;
use rand_distr::{Distribution, LogNormal, Normal};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use crate::dataset::manifest::MANIFEST_FILE;
use crate::dataset::{DatasetError, SyntheticOrigin};

/// Data sets that can be generated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum DataRecipe {
    /// Customers of a food and wine retailer.
    Personality,
    /// Visitors of an online shop.
    Clickstream,
    /// Orders of a pet shop.
    Petshop,
    /// Coupons of a loyalty programme.
    Coupons,
    /// Orders of a marketplace in nine tables.
    Marketplace,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Generated {
    /// The data file.
    pub file: PathBuf,
    /// Rows in it.
    pub rows: usize,
    /// Bytes in it.
    pub bytes: usize,
}

impl DataRecipe {
    /// The recipe's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Personality => "personality",
            Self::Clickstream => "clickstream",
            Self::Petshop => "petshop",
            Self::Coupons => "coupons",
            Self::Marketplace => "marketplace",
        }
    }

    fn manifest(self) -> &'static str {
        match self {
            Self::Personality => include_str!("../../data/personality/dataset.toml"),
            Self::Clickstream => include_str!("../../data/clickstream/dataset.toml"),
            Self::Petshop => include_str!("../../data/petshop/dataset.toml"),
            Self::Coupons => include_str!("../../data/coupons/dataset.toml"),
            Self::Marketplace => include_str!("../../data/marketplace/dataset.toml"),
        }
    }

    /// The files with their texts, that of the rows first; the same seed and number of rows give the same texts.
    #[must_use]
    pub fn files(self, rows: usize, seed: u64) -> Vec<(&'static str, String)> {
        let mut random = Draw::seeded(seed);
        match self {
            Self::Personality => vec![("raw/marketing_campaign.csv", personality::text(rows, &mut random))],
            Self::Clickstream => vec![("raw/clickstream.csv", clickstream::text(rows, &mut random))],
            Self::Petshop => petshop::files(rows, &mut random),
            Self::Coupons => coupons::files(rows, &mut random),
            Self::Marketplace => marketplace::files(rows, &mut random),
        }
    }
}

/// Writes a data set folder: the data with its mark, and the manifest unless one is there.
///
/// # Errors
/// [`DatasetError::Unwritable`].
pub fn generate(recipe: DataRecipe, rows: usize, seed: u64, folder: &Path) -> Result<Generated, DatasetError> {
    let unwritable = |file: &Path| {
        let file = file.to_owned();
        move |source| DatasetError::Unwritable { file, source }
    };
    let mut written = None;
    for (name, text) in recipe.files(rows, seed) {
        let file = folder.join(name);
        std::fs::create_dir_all(file.parent().unwrap_or(folder)).map_err(unwritable(&file))?;
        std::fs::write(&file, &text).map_err(unwritable(&file))?;
        if written.is_none() {
            SyntheticOrigin::write(&file, text.as_bytes(), recipe.name(), seed, rows)?;
            written = Some(Generated { file, rows, bytes: text.len() });
        }
    }
    let manifest = folder.join(MANIFEST_FILE);
    if !manifest.exists() {
        std::fs::write(&manifest, recipe.manifest()).map_err(unwritable(&manifest))?;
    }
    Ok(written.unwrap_or(Generated { file: folder.to_owned(), rows, bytes: 0 }))
}

/// Random draws of the shapes that customer data has.
struct Draw(Xoshiro256PlusPlus);

impl Draw {
    fn seeded(seed: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    fn normal(&mut self, mean: f64, std: f64) -> f64 {
        Normal::new(mean, std).map_or(mean, |shape| shape.sample(&mut self.0))
    }

    /// Log-normal with the given median.
    fn skewed(&mut self, median: f64, sigma: f64) -> f64 {
        LogNormal::new(median.ln(), sigma).map_or(median, |shape| shape.sample(&mut self.0))
    }

    /// A count whose mean varies log-normally from customer to customer.
    fn count(&mut self, mean: f64) -> u32 {
        let own = self.skewed(mean.max(1e-9), 0.25);
        rand_distr::Poisson::new(own).map_or(0, |shape| shape.sample(&mut self.0) as u32)
    }

    /// Anything from 0 to 1.
    fn share(&mut self) -> f64 {
        self.0.r#gen()
    }

    fn chance(&mut self, probability: f64) -> bool {
        self.share() < probability
    }

    fn below(&mut self, limit: u32) -> u32 {
        self.0.gen_range(0..limit.max(1))
    }

    /// One of several, by weight.
    fn one_of<T: Copy>(&mut self, choices: &[(T, f64)]) -> T {
        let total: f64 = choices.iter().map(|choice| choice.1).sum();
        let mut at = self.share() * total;
        for (value, weight) in choices {
            at -= weight;
            if at < 0.0 {
                return *value;
            }
        }
        choices[choices.len() - 1].0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_text_and_another_seed_another() {
        use clap::ValueEnum;
        for recipe in DataRecipe::value_variants().iter().copied() {
            assert_eq!(recipe.files(50, 1), recipe.files(50, 1));
            assert_ne!(recipe.files(50, 1), recipe.files(50, 2));
            assert_eq!(recipe.files(50, 1)[0].1.lines().count(), 51);
        }
    }

    #[test]
    fn a_generated_folder_loads_is_marked_and_loses_the_mark_with_its_file() {
        for recipe in [DataRecipe::Personality, DataRecipe::Clickstream] {
            let folder = tempfile::tempdir().unwrap();
            let written = generate(recipe, 400, 1, folder.path()).unwrap();
            let dataset = crate::dataset::load(folder.path()).unwrap();
            assert_eq!(dataset.synthetic.as_ref().unwrap().rows, 400);
            assert!(dataset.ledger.rows_removed() > 0, "there is dirt for the cleaner");
            assert!(dataset.ledger.reconciles());
            let text = std::fs::read_to_string(&written.file).unwrap();
            std::fs::write(&written.file, text.trim_end().rsplit_once('\n').unwrap().0).unwrap();
            assert!(crate::dataset::load(folder.path()).is_ok_and(|d| d.synthetic.is_none()));
        }
    }
}
