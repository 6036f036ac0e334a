//! Dirty exports with the truth known: each is read right, asked about or refused with the cause; none is read wrong in silence.
//!
//! `SEGMENTA_MESS_EXPORTS=2000` judges so many in place of 200, all kinds among them, and writes the table by kind and the smallest
//! example of each failure to the file that `SEGMENTA_MESS_REPORT` names.

mod judge;
mod known;
mod tally;

use segmenta::generate::mess::{Mess, Shape};

use self::judge::{Verdict, judge};
use self::tally::{Judged, examples, judge_all, table};
use crate::command_line::{fails, json};

/// Exports that are judged when nobody asks for more.
const EXPORTS: u64 = 200;

/// Share of the exports that must be right without a question.
const RIGHT: f64 = 0.95;

fn is_known(own: &Judged) -> bool {
    own.blamed.iter().any(|kind| known::kinds().any(|known| known == *kind))
}

#[test]
fn no_export_is_read_wrong_in_silence_and_nearly_all_are_right() {
    let wanted = std::env::var("SEGMENTA_MESS_EXPORTS").ok().and_then(|text| text.parse().ok());
    let judged = judge_all(0, wanted.unwrap_or(EXPORTS));
    if let Ok(file) = std::env::var("SEGMENTA_MESS_REPORT") {
        let seeds = format!("{} exports, seeds 0 to {}.\n\n", judged.len(), judged.len() - 1);
        std::fs::write(file, format!("{seeds}{}{}", table(&judged), examples(&judged))).unwrap();
    }
    let told = |verdicts: &[&Judged]| {
        let lines = verdicts.iter().map(|own| format!("seed {}: {}: {:?}\n", own.seed, own.blame(), own.verdict));
        lines.collect::<Vec<_>>().concat()
    };
    let is_bad = |own: &&Judged| matches!(own.verdict, Verdict::SilentlyWrong(_) | Verdict::RefusedBlindly(_));
    let bad: Vec<&Judged> = judged.iter().filter(is_bad).collect();
    assert!(bad.is_empty(), "{} of {} exports:\n{}", bad.len(), judged.len(), told(&bad));
    let judged: Vec<Judged> = judged.into_iter().filter(|own| !is_known(own)).collect();
    assert!(judged.len() as f64 >= 0.85 * EXPORTS as f64, "only {} exports are left to judge", judged.len());
    let (right, others): (Vec<&Judged>, Vec<&Judged>) = judged.iter().partition(|own| own.verdict == Verdict::Right);
    assert!(
        right.len() as f64 >= RIGHT * judged.len() as f64,
        "{} of {} exports are right without a question; the others:\n{}",
        right.len(),
        judged.len(),
        told(&others)
    );
}

/// A plain export of purchases as text, with its truth.
fn plain() -> (Mess, String) {
    let mess = (0..99).map(|seed| Mess::of(seed, &[])).find(|mess| mess.truth.shape == Shape::Purchases).unwrap();
    let text = String::from_utf8(mess.files[0].bytes.clone()).unwrap();
    (mess, text)
}

#[test]
fn the_judge_sees_a_cent_a_day_a_row_and_a_level() {
    let (mess, text) = plain();
    let with = |text: String| {
        let mut mess = mess.clone();
        mess.files[0].bytes = text.into_bytes();
        judge(&mess)
    };
    assert_eq!(with(text.clone()), Verdict::Right);
    let (header, rows) = text.split_once('\n').unwrap();
    let (row, others) = rows.split_once('\n').unwrap();
    let cells: Vec<&str> = row.split(',').collect();
    let [order, customer, day, amount, quantity, city] = cells[..] else { panic!("{row}") };
    let changed = |cells: [&str; 6]| with(format!("{header}\n{}\n{others}", cells.join(",")));
    let (cent, next) = (format!("{amount}1"), day.replace("-0", "-1"));
    for (what, verdict) in [
        ("sum", changed([order, customer, day, &cent.replace('.', ""), quantity, city])),
        ("day", changed([order, customer, if next == day { "2018-01-01" } else { &next }, amount, quantity, city])),
        ("units", changed([order, customer, day, amount, "99", city])),
        ("customer", changed([order, "C9", day, amount, quantity, city])),
        ("level", changed([order, customer, day, amount, quantity, "Elsewhere"])),
        ("rows", with(format!("{header}\n{others}"))),
    ] {
        assert!(matches!(verdict, Verdict::SilentlyWrong(_)), "{what}: {verdict:?}");
    }
    assert!(matches!(with(format!("{text}cut,off\n")), Verdict::Asked(_)));
    assert!(matches!(with("a\nb\n".to_owned()), Verdict::RefusedBlindly(_)));
    // What is asked and then read otherwise than the truth has it is wrong all the same.
    let mut asked = (0..99).map(|seed| Mess::of(seed, &[TWELVE])).find(|mess| !mess.kinds.is_empty()).unwrap();
    assert!(matches!(judge(&asked), Verdict::Asked(_)), "{:?}", judge(&asked));
    asked.truth.answers.insert("dates.", "month-first".to_owned());
    assert!(matches!(judge(&asked), Verdict::SilentlyWrong(_)));
}

/// Days that can be read both ways, day first.
const TWELVE: &str = "days as 07/01/2023 (day first), none after the 12th";

/// So that the list shrinks when the product gets better.
#[test]
fn each_kind_that_is_switched_off_still_fails() {
    let all = Mess::kinds();
    for kind in known::kinds() {
        assert!(all.contains(&kind), "there is no kind {kind}");
        let fails = |seed: u64| {
            let mess = Mess::of(seed, &[kind]);
            !mess.kinds.is_empty() && judge(&mess) != Verdict::Right
        };
        assert!((0..60).any(fails), "{kind} is right in sixty exports now; take it off the list");
    }
}

#[test]
fn the_command_line_writes_exports_with_their_truth() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let made = json(here, &["generate", "mess", "--files", "3", "--seed", "5", "--out", "exports", "--json"]);
    assert_eq!(made["exports"], 3);
    for seed in 5..8 {
        let own = here.join(format!("exports/{seed}"));
        for file in Mess::draw(seed).files {
            assert_eq!(std::fs::read(own.join(file.name)).unwrap(), file.bytes);
        }
        assert!(own.join("truth.json").exists());
    }
    fails(here, &["generate", "mess", "--files", "0", "--out", "x"], 1, "--files must be at least 1");
    fails(here, &["generate", "mess", "--rows", "5", "--out", "x"], 1, "say how many to make with --files");
    fails(
        here,
        &["generate", "petshop", "--files", "5", "--out", "x"],
        1,
        "how many rows of petshop to make with --rows",
    );
    fails(here, &["generate", "petshop", "--out", "x"], 2, "--rows");
}
