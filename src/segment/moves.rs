//! Moving a data set together with its models: all of it or nothing, also when the program is killed in between.
//!
//! What is about to be done is written down first. A start that finds such a note does what is left of it.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::SegmentError;
use super::store::{self, prepare_owner};
use crate::unfinished;

/// The note in the folder of data sets.
const NOTE: &str = ".moving.json";

/// Folders that move together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move {
    /// The data set's folder, from and to.
    pub data: (PathBuf, PathBuf),
    /// The folder of its models, from and to; it need not be there.
    pub models: (PathBuf, PathBuf),
    /// The name that the models' files shall bear; none where it does not matter.
    pub owner: Option<String>,
}

impl Move {
    /// Carries it out.
    ///
    /// # Errors
    /// [`SegmentError::Unwritable`]; then everything is as it was.
    pub fn carry_out(&self, data_dir: &Path) -> Result<(), SegmentError> {
        let note = data_dir.join(NOTE);
        let unwritable = |file: &Path| {
            let file = file.to_owned();
            move |source| SegmentError::Unwritable { file, source }
        };
        let text = serde_json::to_vec(self).unwrap_or_default();
        unfinished::write(&note, &text).map_err(unwritable(&note))?;
        let moved = self.carry_out_noted();
        // Whether it failed or not, there is nothing left to do.
        if let Err(error) = std::fs::remove_file(&note) {
            tracing::warn!(%error, "the note of a move stays; the next start looks at it again");
        }
        moved
    }

    fn carry_out_noted(&self) -> Result<(), SegmentError> {
        let has_models = self.models.0.is_dir();
        let renamed = match &self.owner {
            Some(owner) if has_models => Some(prepare_owner(&self.models.0, owner)?),
            _ => None,
        };
        rename(&self.data)?;
        if has_models && let Err(error) = rename(&self.models) {
            let (from, to) = &self.data;
            rename(&(to.clone(), from.clone()))?;
            return Err(error);
        }
        renamed.map_or(Ok(()), |renamed| renamed.put(&self.models.0, &self.models.1))
    }

    /// Does what is left of a move that was cut off, whichever part of it was done.
    fn finish(&self) -> Result<(), SegmentError> {
        for pair in [&self.data, &self.models] {
            if pair.0.exists() && !pair.1.exists() && (pair == &self.data || self.data.1.exists()) {
                rename(pair)?;
            }
        }
        match &self.owner {
            Some(owner) if self.models.1.is_dir() => {
                prepare_owner(&self.models.1, owner)?.put(&self.models.1, &self.models.1)
            }
            _ => Ok(()),
        }
    }
}

fn rename((from, to): &(PathBuf, PathBuf)) -> Result<(), SegmentError> {
    let unwritable = |source| SegmentError::Unwritable { file: to.clone(), source };
    if let Some(parent) = to.parent() {
        std::fs::create_dir_all(parent).map_err(unwritable)?;
    }
    std::fs::rename(from, to).map_err(unwritable)
}

/// Ends a move that a killed program began, and sweeps what it left among the models. Says what was done.
#[must_use]
pub fn recover(data_dir: &Path, models_dir: &Path) -> Option<String> {
    store::sweep(models_dir);
    let note = data_dir.join(NOTE);
    let text = std::fs::read(&note).ok()?;
    let said = match serde_json::from_slice::<Move>(&text) {
        Ok(cut_off) => match cut_off.finish() {
            Ok(()) => {
                format!("{} had begun to move to {} and has now", cut_off.data.0.display(), cut_off.data.1.display())
            }
            // The note stays: the next start may have room on the disk.
            Err(error) => return Some(format!("a move that was cut off cannot be ended: {error}")),
        },
        Err(error) => format!("{} cannot be read ({error}) and is removed", note.display()),
    };
    let _ = std::fs::remove_file(&note);
    Some(said)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct House {
        root: tempfile::TempDir,
    }

    impl House {
        fn new() -> Self {
            let root = tempfile::tempdir().unwrap();
            let house = Self { root };
            std::fs::create_dir_all(house.data().join("old")).unwrap();
            std::fs::write(house.data().join("old/dataset.toml"), "x").unwrap();
            let models = house.models().join("old");
            std::fs::create_dir_all(models.join("forecasts")).unwrap();
            for file in ["default.json", "five.json", "forecasts/0a.json"] {
                std::fs::write(models.join(file), r#"{"dataset":"old","kept":1}"#).unwrap();
            }
            house
        }

        fn data(&self) -> PathBuf {
            self.root.path().join("data")
        }

        fn models(&self) -> PathBuf {
            self.root.path().join("models")
        }

        fn rename(&self) -> Move {
            Move {
                data: (self.data().join("old"), self.data().join("new")),
                models: (self.models().join("old"), self.models().join("new")),
                owner: Some("new".to_owned()),
            }
        }

        /// Everything is under one name, with nothing beside it.
        #[track_caller]
        fn check(&self, name: &str, other: &str) {
            assert!(self.data().join(name).join("dataset.toml").exists());
            assert!(!self.data().join(other).exists() && !self.models().join(other).exists());
            for file in ["default.json", "five.json", "forecasts/0a.json"] {
                let text = std::fs::read_to_string(self.models().join(name).join(file)).unwrap();
                assert!(text.contains(&format!(r#""dataset":"{name}""#)) && text.contains("kept"), "{text}");
            }
            let left = std::fs::read_dir(self.models().join(name)).unwrap().count();
            assert_eq!((left, self.data().join(NOTE).exists()), (3, false));
        }
    }

    #[test]
    fn models_move_with_their_data_set() {
        let house = House::new();
        house.rename().carry_out(&house.data()).unwrap();
        house.check("new", "old");
        assert_eq!(recover(&house.data(), &house.models()), None);
    }

    #[test]
    fn what_cannot_move_whole_does_not_move() {
        let house = House::new();
        // The models' new place is taken by something that is no empty folder.
        std::fs::create_dir_all(house.models().join("new/inside")).unwrap();
        assert!(house.rename().carry_out(&house.data()).is_err());
        std::fs::remove_dir_all(house.models().join("new")).unwrap();
        house.check("old", "new");
    }

    #[test]
    fn a_move_is_ended_from_wherever_it_was_cut_off() {
        for step in 0..6 {
            let house = House::new();
            let plan = house.rename();
            std::fs::write(house.data().join(NOTE), serde_json::to_vec(&plan).unwrap()).unwrap();
            if step >= 1 {
                rename(&plan.data).unwrap();
            }
            if step >= 2 {
                rename(&plan.models).unwrap();
            }
            // Of the files, so many bear the new name already.
            for file in
                ["default.json", "five.json", "forecasts/0a.json"].into_iter().take((step as usize).saturating_sub(2))
            {
                std::fs::write(plan.models.1.join(file), r#"{"dataset":"new","kept":1}"#).unwrap();
            }
            let said = recover(&house.data(), &house.models()).unwrap();
            assert!(said.contains("had begun to move"), "{said}");
            house.check("new", "old");
        }
    }

    #[test]
    fn a_note_that_makes_no_sense_is_told_and_goes() {
        let house = House::new();
        std::fs::write(house.data().join(NOTE), "{").unwrap();
        assert!(recover(&house.data(), &house.models()).unwrap().contains("cannot be read"));
        house.check("old", "new");
    }
}
