//! All kinds of mess, and which of them a seed draws.

use xxhash_rust::xxh3::xxh3_64;

use super::export::Export;
use super::kind::{Aspect, Kind};
use super::{amounts, around, columns, days, files, format, happenings, ids, letters, levels, names};
use crate::generate::Draw;

/// All kinds.
pub(super) fn all() -> impl Iterator<Item = &'static Kind> {
    let lists = [
        happenings::KINDS,
        names::KINDS,
        ids::KINDS,
        levels::KINDS,
        days::KINDS,
        amounts::KINDS,
        columns::KINDS,
        around::KINDS,
        letters::KINDS,
        files::KINDS,
        format::KINDS,
    ];
    lists.into_iter().flatten()
}

/// The kinds that a seed draws: mostly one to four, none twice of the same aspect.
pub(super) fn draw(random: &mut Draw) -> Vec<&'static Kind> {
    let wanted = random.one_of(&[(0, 0.05), (1, 0.3), (2, 0.3), (3, 0.2), (4, 0.15)]);
    let mut drawn: Vec<&'static Kind> = Vec::new();
    while drawn.len() < wanted {
        let aspect = random.one_of(&Aspect::ALL);
        let kinds: Vec<&'static Kind> = all().filter(|kind| kind.aspect == aspect).collect();
        if let (false, false) = (kinds.is_empty(), drawn.iter().any(|kind| kind.aspect == aspect)) {
            drawn.push(kinds[random.below(kinds.len() as u32) as usize]);
        }
    }
    drawn.sort_by_key(|kind| kind.aspect);
    drawn
}

/// Makes an export a mess; returns the kinds that could be made of it. Each kind draws from a seed of its own, so that it does the same
/// whatever others there are.
pub(super) fn make(export: &mut Export, kinds: &[&'static Kind], seed: u64) -> Vec<&'static Kind> {
    let mut made = Vec::new();
    for kind in kinds {
        let mut tried = export.clone();
        if (kind.make)(&mut tried, &mut Draw::seeded(seed ^ xxh3_64(kind.name.as_bytes()))) {
            *export = tried;
            made.push(*kind);
        }
    }
    made
}
