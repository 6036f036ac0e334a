//! Names and descriptions made from a segment's profile.
//!
//! The level word says how a segment's mean of the value measure compares with all customers, in
//! standard deviations. Segments of one level are told apart by the feature in which they differ
//! most, with the manifest's adjectives for that column where it has some.

use super::Segment;
use crate::cluster::NOISE;
use crate::dataset::{Column, Dataset};
use crate::figures;
use crate::query::view::mean;

/// Name of the customers an algorithm left without a cluster.
pub const UNDECIDED: &str = "Undecided";

/// Standard deviations above the mean from which a segment is called elite.
const ELITE: f64 = 0.75;
/// Standard deviations around the mean within which a segment is called average.
const AVERAGE: f64 = 0.15;
/// Features named in a description.
const DESCRIBED: usize = 3;

struct Member<'a> {
    position: usize,
    rows: Vec<u32>,
    level: &'static str,
    /// Features with the segment's standardised mean.
    z: Vec<(&'a Column, f64)>,
}

/// Writes the automatic names and descriptions of all segments.
pub fn name(segments: &mut [Segment], dataset: &Dataset, labels: &[i32], features: &[String]) {
    let columns: Vec<&Column> = features.iter().filter_map(|name| dataset.customers.column(name)).collect();
    let value = dataset.value();
    let mut members: Vec<Member<'_>> = segments
        .iter()
        .enumerate()
        .filter(|(_, segment)| segment.cluster != NOISE)
        .map(|(position, segment)| {
            let rows = rows_of(labels, segment.cluster);
            let level = value.map_or("Segment", |value| level_word(standardised(value, &rows)));
            let z = columns.iter().map(|column| (*column, standardised(column, &rows))).collect();
            Member { position, rows, level, z }
        })
        .collect();
    members.sort_by_key(|member| member.position);
    let names = given_names(&members, dataset)
        .unwrap_or_else(|| distinct_names(&members, value.map(|column| column.name.as_str())));
    for (member, name) in members.iter().zip(names) {
        segments[member.position].name = name;
        segments[member.position].description = describe(member, value, dataset.customers.len());
    }
    for segment in segments.iter_mut().filter(|segment| segment.cluster == NOISE) {
        UNDECIDED.clone_into(&mut segment.name);
        segment.description =
            format!("{} customers too unlike any group to be placed in one.", figures::count(segment.size));
    }
}

fn rows_of(labels: &[i32], cluster: i32) -> Vec<u32> {
    labels.iter().enumerate().filter(|(_, label)| **label == cluster).map(|(row, _)| row as u32).collect()
}

/// A group's mean in standard deviations from the mean of all customers; 0 where nothing varies.
fn standardised(column: &Column, rows: &[u32]) -> f64 {
    column.summary().filter(|all| all.std > 0.0).map_or(0.0, |all| {
        let z = (mean(column, rows) - all.mean) / all.std;
        if z.is_finite() { z } else { 0.0 }
    })
}

fn level_word(z: f64) -> &'static str {
    if z >= ELITE {
        "Elite"
    } else if z > AVERAGE {
        "High potential"
    } else if z >= -AVERAGE {
        "Average"
    } else {
        "Low"
    }
}

/// The manifest's names, when there are as many segments as names.
fn given_names(members: &[Member<'_>], dataset: &Dataset) -> Option<Vec<String>> {
    let naming = &dataset.manifest.segmentation.naming;
    if naming.is_empty() || naming.len() != members.len() {
        return None;
    }
    let mut names = vec![String::new(); members.len()];
    for given in naming {
        let column = dataset.customers.column(&given.highest)?;
        let without = (0..members.len()).filter(|position| names[*position].is_empty());
        let highest =
            without.max_by(|a, b| mean(column, &members[*a].rows).total_cmp(&mean(column, &members[*b].rows)))?;
        names[highest].clone_from(&given.name);
    }
    Some(names)
}

fn distinct_names(members: &[Member<'_>], value: Option<&str>) -> Vec<String> {
    let mut names: Vec<String> = members
        .iter()
        .map(|member| {
            let peers: Vec<&Member<'_>> = members.iter().filter(|peer| peer.level == member.level).collect();
            if peers.len() == 1 {
                return member.level.to_owned();
            }
            qualifier(member, &peers, value)
                .map_or_else(|| member.level.to_owned(), |words| format!("{}{words}", member.level))
        })
        .collect();
    for position in 1..names.len() {
        let base = names[position].clone();
        let mut suffix = 2;
        while names[..position].contains(&names[position]) {
            names[position] = format!("{base} {suffix}");
            suffix += 1;
        }
    }
    names
}

/// What tells a segment from its peers of the same level: the feature with the widest spread of
/// standardised means, the value measure itself left out where there is another.
fn qualifier(member: &Member<'_>, peers: &[&Member<'_>], value: Option<&str>) -> Option<String> {
    let spread = |index: usize| {
        let z = |peer: &&Member<'_>| peer.z[index].1;
        let highest = peers.iter().map(z).fold(f64::NEG_INFINITY, f64::max);
        highest - peers.iter().map(z).fold(f64::INFINITY, f64::min)
    };
    let best = (0..member.z.len())
        .filter(|index| member.z.len() == 1 || Some(member.z[*index].0.name.as_str()) != value)
        .max_by(|a, b| spread(*a).total_cmp(&spread(*b)))?;
    let column = member.z[best].0;
    let centre = peers.iter().map(|peer| peer.z[best].1).sum::<f64>() / peers.len() as f64;
    let high = member.z[best].1 >= centre;
    Some(match (high, &column.high_word, &column.low_word) {
        (true, Some(word), _) | (false, _, Some(word)) => format!(" {word}"),
        (true, ..) => format!(", higher {}", lower_first(&column.label)),
        (false, ..) => format!(", lower {}", lower_first(&column.label)),
    })
}

fn describe(member: &Member<'_>, value: Option<&Column>, customers: usize) -> String {
    let share = figures::percent(member.rows.len() as f64 / customers as f64);
    let mut text = format!("{share} of customers.");
    let mut ranked: Vec<&(&Column, f64)> = member.z.iter().collect();
    ranked.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    let mut columns: Vec<&Column> = value.into_iter().collect();
    columns.extend(ranked.iter().map(|(column, _)| *column).filter(|c| value.is_none_or(|v| v.name != c.name)));
    let parts: Vec<String> = columns
        .iter()
        .take(DESCRIBED)
        .map(|column| {
            let own = mean(column, &member.rows);
            let all = column.summary().map_or(f64::NAN, |all| all.mean);
            format!(
                "{} {} ({} against all)",
                lower_first(&column.label),
                figures::of_column(own, column),
                figures::relative(own, all)
            )
        })
        .collect();
    if !parts.is_empty() {
        text.push_str(" On average: ");
        text.push_str(&parts.join("; "));
        text.push('.');
    }
    text
}

/// The text with a small first letter, unless its first word is an abbreviation.
pub(super) fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    match (chars.next(), chars.clone().next()) {
        (Some(first), Some(second)) if second.is_uppercase() => format!("{first}{}", chars.as_str()),
        (Some(first), _) => first.to_lowercase().chain(chars).collect(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_follow_standard_deviations() {
        assert_eq!([1.3, 0.5, 0.0, -0.7].map(level_word), ["Elite", "High potential", "Average", "Low"]);
    }

    #[test]
    fn abbreviations_keep_their_capitals() {
        assert_eq!(["Total spent", "RFM score", ""].map(lower_first), ["total spent", "RFM score", ""]);
    }
}
