//! How many different things there are in each group of rows.

/// Most groups that a thing has a bit for.
const FEW: usize = 64;

/// Counts different things by group while rows go by.
pub(super) enum Distinct {
    /// Nothing is counted.
    Off,
    /// One group: a bit a thing, which stays in the cache.
    One { seen: Vec<u64>, known: usize, count: usize },
    /// Few groups: a bit a thing and group.
    Few { seen: Vec<u64>, counts: Vec<usize> },
    /// Many groups, one after the other: the last group of a thing, plus one.
    Rising { last: Vec<u32>, counts: Vec<usize> },
    /// Many groups in any order: all pairs are kept and brought in order at the end.
    Many { things: Vec<u32>, groups: Vec<u32>, known: usize, counts: Vec<usize> },
}

impl Distinct {
    /// Counts things numbered below `things`, in `groups` groups. With `rising`, no row belongs to a group before that of an
    /// earlier row. `rows` is how many may come.
    pub(super) fn new(things: usize, groups: usize, rising: bool, rows: usize) -> Self {
        let counts = vec![0; groups];
        match groups {
            0 | 1 => Self::One { seen: vec![0; things.div_ceil(64)], known: things, count: 0 },
            _ if rising => Self::Rising { last: vec![0; things], counts },
            _ if groups <= FEW => Self::Few { seen: vec![0; things], counts },
            _ => {
                let room = || Vec::with_capacity(rows);
                Self::Many { things: room(), groups: room(), known: things, counts }
            }
        }
    }

    /// Takes in a thing; one whose number is too high is unknown and not counted.
    pub(super) fn see(&mut self, thing: u32, group: usize) {
        match self {
            Self::Off => {}
            Self::One { seen, known, count } => {
                // The last word has bits to spare.
                if (thing as usize) < *known {
                    *count += usize::from(sets(&mut seen[thing as usize / 64], thing % 64));
                }
            }
            Self::Few { seen, counts } => {
                let Some(seen) = seen.get_mut(thing as usize) else { return };
                counts[group] += usize::from(sets(seen, group as u32));
            }
            Self::Rising { last, counts } => {
                let Some(last) = last.get_mut(thing as usize) else { return };
                counts[group] += usize::from(stamps(last, group));
            }
            Self::Many { things, groups, known, .. } => {
                if (thing as usize) < *known {
                    things.push(thing);
                    groups.push(group as u32);
                }
            }
        }
    }

    /// Different things of each group; none when nothing was counted.
    pub(super) fn counts(self) -> Vec<usize> {
        match self {
            Self::Off => Vec::new(),
            Self::One { count, .. } => vec![count],
            Self::Few { counts, .. } | Self::Rising { counts, .. } => counts,
            Self::Many { things, groups, known, mut counts } => {
                let things = by_group(&things, &groups, &mut counts);
                let (mut last, mut start) = (vec![0; known], 0);
                for (group, count) in counts.iter_mut().enumerate() {
                    let end = start + *count;
                    *count =
                        things[start..end].iter().filter(|thing| stamps(&mut last[**thing as usize], group)).count();
                    start = end;
                }
                counts
            }
        }
    }
}

/// Sets a bit and says whether it was not set.
fn sets(bits: &mut u64, bit: u32) -> bool {
    let before = *bits;
    *bits |= 1 << bit;
    *bits != before
}

/// Notes the group a thing is seen in and says whether it was another before.
fn stamps(last: &mut u32, group: usize) -> bool {
    let group = group as u32 + 1;
    std::mem::replace(last, group) != group
}

/// The things group by group; `counts` becomes the length of each group.
fn by_group(things: &[u32], groups: &[u32], counts: &mut [usize]) -> Vec<u32> {
    for group in groups {
        counts[*group as usize] += 1;
    }
    let mut places = Vec::with_capacity(counts.len());
    let mut start = 0;
    for count in counts.iter() {
        places.push(start);
        start += count;
    }
    let mut sorted = vec![0; things.len()];
    for (thing, group) in things.iter().zip(groups) {
        let place = &mut places[*group as usize];
        sorted[*place] = *thing;
        *place += 1;
    }
    sorted
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// Rows of a thing and a group, with things and groups that come back, and unknown things.
    fn rows(groups: usize) -> Vec<(u32, usize)> {
        (0..3_000_u32).map(|row| (row.wrapping_mul(2_654_435_761) >> 25, (row as usize * 7 / 3) % groups)).collect()
    }

    fn counted(mut distinct: Distinct, rows: &[(u32, usize)]) -> Vec<usize> {
        for (thing, group) in rows {
            distinct.see(*thing, *group);
        }
        distinct.counts()
    }

    #[test]
    fn every_way_of_counting_agrees_with_a_set() {
        const THINGS: usize = 100;
        for groups in [1, 2, 64, 65, 500] {
            let mut rows = rows(groups);
            let mut expected = vec![HashSet::new(); groups];
            for (thing, group) in rows.iter().filter(|(thing, _)| (*thing as usize) < THINGS) {
                expected[*group].insert(*thing);
            }
            let expected: Vec<usize> = expected.iter().map(HashSet::len).collect();
            assert!(rows.iter().any(|(thing, _)| *thing as usize >= THINGS) && expected.iter().any(|count| *count > 0));
            assert_eq!(counted(Distinct::new(THINGS, groups, false, 0), &rows), expected, "{groups} groups");
            rows.sort_by_key(|(_, group)| *group);
            assert_eq!(counted(Distinct::new(THINGS, groups, true, 0), &rows), expected, "{groups} rising groups");
        }
        assert!(counted(Distinct::Off, &rows(3)).is_empty());
    }
}
