//! Options on either side of the subcommand: those that name folders are taken in front of it as well.

use std::ffi::{OsStr, OsString};

use clap::{Args, Command, CommandFactory};

use super::Arguments;
use crate::config::Folders;

/// The arguments with folders that stand in front of a subcommand moved behind it.
pub fn ordered(arguments: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = arguments.into_iter().collect();
    let folders = Folders::augment_args(Command::new("folders"));
    let names: Vec<String> = folders.get_arguments().filter_map(|own| Some(format!("--{}", own.get_long()?))).collect();
    // The program's own name stands first.
    let mut at = 1;
    while let Some(argument) = arguments.get(at) {
        let text = argument.to_string_lossy();
        let (name, has_value) = text.split_once('=').map_or((&*text, false), |(name, _)| (name, true));
        if !names.iter().any(|known| known == name) {
            break;
        }
        at += if has_value { 1 } else { 2 };
    }
    let is_subcommand = |argument: &OsStr| Arguments::command().find_subcommand(argument).is_some();
    if at > 1 && arguments.get(at).is_some_and(|argument| is_subcommand(argument)) {
        arguments[1..=at].rotate_right(1);
    }
    arguments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_taken_on_either_side_of_the_subcommand() {
        let order = |line: &str| {
            let ordered = ordered(line.split(' ').map(OsString::from));
            ordered.iter().map(|argument| argument.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
        };
        for (given, expected) in [
            ("segmenta --data-dir x import a.csv", "segmenta import --data-dir x a.csv"),
            ("segmenta --data-dir=x --models-dir y train shop", "segmenta train --data-dir=x --models-dir y shop"),
            ("segmenta import --data-dir x a.csv", "segmenta import --data-dir x a.csv"),
            ("segmenta --data-dir x", "segmenta --data-dir x"),
            ("segmenta --data-dir import", "segmenta --data-dir import"),
            ("segmenta --bind 1 import", "segmenta --bind 1 import"),
        ] {
            assert_eq!(order(given), expected, "{given}");
        }
    }
}
