//! Many exports, judged: which kinds of mess go how, and the smallest example of each failure.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use segmenta::generate::mess::Mess;

use super::judge::{Verdict, judge};

/// An export that was judged.
pub(super) struct Judged {
    pub(super) seed: u64,
    /// All its kinds of mess.
    pub(super) kinds: Vec<&'static str>,
    pub(super) verdict: Verdict,
    /// The fewest of its kinds with which it goes as badly; none where it is right.
    pub(super) blamed: Vec<&'static str>,
}

impl Judged {
    fn of(seed: u64) -> Self {
        let mess = Mess::draw(seed);
        let verdict = judge(&mess);
        let blamed = if verdict == Verdict::Right { Vec::new() } else { blamed(seed, &mess.kinds, verdict.column()) };
        Self { seed, kinds: mess.kinds, verdict, blamed }
    }

    /// The kinds as words.
    pub(super) fn blame(&self) -> String {
        if self.blamed.is_empty() { "none".to_owned() } else { self.blamed.join(" + ") }
    }
}

/// Leaves out kinds as long as it goes as badly without them.
fn blamed(seed: u64, kinds: &[&'static str], column: usize) -> Vec<&'static str> {
    let mut blamed = kinds.to_vec();
    let mut at = 0;
    while at < blamed.len() {
        let mut fewer = blamed.clone();
        fewer.remove(at);
        if judge(&Mess::of(seed, &fewer)).column() == column {
            blamed = fewer;
        } else {
            at += 1;
        }
    }
    blamed
}

/// Judges the exports of so many seeds, several at a time.
pub(super) fn judge_all(first: u64, count: u64) -> Vec<Judged> {
    let (next, judged) = (AtomicU64::new(first), Mutex::new(Vec::new()));
    let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + count {
                        break;
                    }
                    let own = Judged::of(seed);
                    judged.lock().unwrap().push(own);
                }
            });
        }
    });
    let mut judged = judged.into_inner().unwrap();
    judged.sort_by_key(|judged| judged.seed);
    judged
}

/// The columns of a table, by [`Verdict::column`].
const COLUMNS: [&str; 6] = [
    "right",
    "asked, then right",
    "told that something is lost",
    "refused",
    "refused, cause not named",
    "silently wrong",
];

/// The table by kind. An export counts for each of its kinds; where it is not right, for those without which it would go better.
pub(super) fn table(judged: &[Judged]) -> String {
    let mut counts: BTreeMap<&str, [usize; 6]> = BTreeMap::new();
    let mut all = [0; 6];
    for own in judged {
        all[own.verdict.column()] += 1;
        let counted: &[&'static str] = if own.blamed.is_empty() { &own.kinds } else { &own.blamed };
        let counted = if counted.is_empty() { &["no mess at all"] } else { counted };
        for kind in counted {
            counts.entry(kind).or_default()[own.verdict.column()] += 1;
        }
    }
    let line = |name: &str, counts: &[usize; 6]| {
        let cells: Vec<String> = counts.iter().map(usize::to_string).collect();
        format!("| {name} | {} | {} |\n", counts.iter().sum::<usize>(), cells.join(" | "))
    };
    let mut table = format!("| kind | exports | {} |\n|---|{}\n", COLUMNS.join(" | "), "---:|".repeat(7));
    table.push_str(&line("**all**", &all));
    let order: BTreeMap<&str, usize> = Mess::kinds().into_iter().zip(0..).collect();
    let mut lines: Vec<(&str, [usize; 6])> = counts.into_iter().collect();
    lines.sort_by_key(|(kind, _)| order.get(kind).map_or(0, |at| at + 1));
    for (kind, counts) in lines {
        table.push_str(&line(kind, &counts));
    }
    table
}

/// The smallest example of each failure, with the first lines of its files.
pub(super) fn examples(judged: &[Judged]) -> String {
    let mut least: BTreeMap<(usize, String), (&Judged, usize)> = BTreeMap::new();
    for own in judged.iter().filter(|own| own.verdict.column() >= 2) {
        let key = (5 - own.verdict.column(), own.blame());
        let entry = least.entry(key).or_insert((own, 0));
        entry.1 += 1;
    }
    let mut text = String::new();
    for ((_, blame), (own, count)) in least {
        let mess = Mess::of(own.seed, &own.blamed);
        let verdict = judge(&mess);
        text.push_str(&format!(
            "\n### {}: {blame} ({count} exports; seed {})\n\n{}\n\n",
            COLUMNS[verdict.column()],
            own.seed,
            verdict.words()
        ));
        for file in &mess.files {
            text.push_str(&format!("`{}`\n\n{}\n", file.name, shown(&file.bytes)));
        }
    }
    text
}

/// The first and the last lines of a file, as far as they can be shown.
fn shown(bytes: &[u8]) -> String {
    const LINES: usize = 4;
    let visible = |letter: char| if letter.is_control() && letter != '\n' { '\u{b7}' } else { letter };
    let text: String = String::from_utf8_lossy(bytes).chars().map(visible).collect();
    let lines: Vec<String> =
        text.lines().map(|line| format!("    {}\n", line.chars().take(160).collect::<String>())).collect();
    if lines.len() <= 2 * LINES {
        return lines.concat();
    }
    format!("{}    ...\n{}", lines[..LINES].concat(), lines[lines.len() - LINES..].concat())
}
