//! `segmenta import`

use std::path::PathBuf;

use serde::Serialize;

use super::{Failure, output};
use crate::config::Folders;
use crate::dataset::manifest::{MANIFEST_FILE, Role};
use crate::dataset::{Dataset, Facts};
use crate::figures;
use crate::library::Staging;
use crate::propose::{Answers, LIKELIER, Proposal, Question, TableProposal};
use crate::words;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Name of the new data set: small letters, digits, "-" and "_".
    #[arg(long)]
    name: String,
    /// Files to make it of: csv, tsv, Parquet, Excel workbooks.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    folders: Folders,
    /// Answer to a question that the files leave open, as KEY=VALUE; may be given several times.
    #[arg(long = "answer", value_name = "KEY=VALUE", value_parser = key_and_value)]
    answers: Vec<(String, String)>,
    /// Take the likelier reading of everything that is left open.
    #[arg(long)]
    yes: bool,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

fn key_and_value(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=').map(|(key, value)| (key.trim().to_owned(), value.trim().to_owned()));
    pair.ok_or_else(|| "give the question and its answer as KEY=VALUE, such as dates.orders=day-first".to_owned())
}

#[derive(Serialize)]
struct Report<'a> {
    dataset: &'a str,
    manifest: String,
    customers: usize,
    facts: usize,
    proposal: &'a Proposal,
    notes: &'a [String],
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut staging = Staging::new(&arguments.folders.data_dir, &arguments.name)?;
    for file in &arguments.files {
        staging.add(file)?;
    }
    let proposal = staging.propose_watched(&arguments.answers(), &output::Bar::new())?;
    check_answers(&proposal, &arguments.answers)?;
    let open: Vec<&Question> = proposal.questions.iter().filter(|question| question.is_open()).collect();
    if !open.is_empty() {
        if arguments.json {
            output::json(&Open { dataset: &arguments.name, questions: &open })?;
        } else {
            for question in &open {
                print_question(question);
            }
        }
        let words = figures::counted(open.len(), "question is", "questions are");
        return Err(format!(
            "{words} open and nothing was made; answer with --answer, or take the likelier readings with --yes"
        )
        .into());
    }
    let dataset = staging.finish(&proposal.manifest())?;
    let report = Report {
        dataset: &dataset.name,
        manifest: dataset.folder.join(MANIFEST_FILE).display().to_string(),
        customers: dataset.customers.len(),
        facts: dataset.facts.as_ref().map_or(0, Facts::len),
        proposal: &proposal,
        notes: &dataset.ledger.notes,
    };
    if arguments.json {
        return output::json(&report);
    }
    print(&proposal, &dataset);
    output::note(&format!("wrote {}", report.manifest));
    Ok(())
}

#[derive(Serialize)]
struct Open<'a> {
    dataset: &'a str,
    questions: &'a [&'a Question],
}

impl Arguments {
    fn answers(&self) -> Answers {
        let mut answers: Answers = self.answers.iter().cloned().collect();
        if self.yes {
            answers.insert(LIKELIER.to_owned(), String::new());
        }
        answers
    }
}

/// Refuses an answer to nothing, or one that is no reading.
fn check_answers(proposal: &Proposal, answers: &[(String, String)]) -> Result<(), Failure> {
    for (key, value) in answers {
        let Some(question) = proposal.questions.iter().find(|question| question.key == *key) else {
            let known: Vec<&str> = proposal.questions.iter().map(|question| question.key.as_str()).collect();
            let known =
                if known.is_empty() { "there is none".to_owned() } else { format!("there are {}", known.join(", ")) };
            return Err(format!("no question is called \"{key}\"; {known}").into());
        };
        if question.options.iter().all(|option| option.value != *value) {
            let known: Vec<&str> = question.options.iter().map(|option| option.value.as_str()).collect();
            return Err(format!("\"{value}\" does not answer {key}; choose {}", words::one_of(&known)).into());
        }
    }
    Ok(())
}

fn print_question(question: &Question) {
    output::line(&question.text);
    for option in &question.options {
        let likely = if option.value == question.likely { " (likelier)" } else { "" };
        output::line(&format!("  --answer {}={}{likely}", question.key, option.value));
        output::line(&format!("      {} {}", option.words, option.effect));
    }
    output::line("");
}

/// What was inferred, with the reasons.
fn print(proposal: &Proposal, dataset: &Dataset) {
    for table in &proposal.tables {
        print_table(table);
    }
    for key in proposal.keys.iter().filter(|key| key.is_used) {
        output::line(&format!("{}.{} -> {}.{}: {}", key.from, key.column, key.to, key.key, key.reason));
    }
    if let Some(customers) = &proposal.customers {
        output::line(&format!("customers: {}", customers.reason));
    }
    for reason in proposal.facts.iter().flat_map(|facts| &facts.reasons) {
        output::line(&format!("facts: {reason}"));
    }
    let segmentation = &proposal.segmentation;
    output::line(&format!("value: {}; features: {}", segmentation.value, segmentation.features.join(", ")));
    for question in &proposal.questions {
        let taken = question.options.iter().find(|option| option.value == question.taken());
        if let Some(taken) = taken {
            output::line(&format!("answer {}={}: {} {}", question.key, taken.value, taken.words, taken.effect));
        }
    }
    let of_facts = dataset.facts.iter().flat_map(|facts| &facts.ledger.notes);
    for note in proposal.notes.iter().chain(&dataset.ledger.notes).chain(of_facts) {
        output::line(note);
    }
    if let Some(ledger) =
        dataset.facts.as_ref().map(|facts| &facts.ledger).filter(|ledger| ledger.rows_out < ledger.rows_in)
    {
        output::line(&format!(
            "{} of {} are left out, {} of {} in {}; segmenta clean {} tells why.",
            figures::counted(ledger.rows_in - ledger.rows_out, "row", "rows"),
            figures::count(ledger.rows_in),
            figures::number(ledger.value_in - ledger.value_out),
            figures::number(ledger.value_in),
            ledger.value,
            dataset.name
        ));
    }
    let facts = dataset.facts.as_ref().map(|facts| format!(", {} facts", figures::count(facts.len())));
    output::line(&format!(
        "{}: {} customers{}",
        dataset.name,
        figures::count(dataset.customers.len()),
        facts.unwrap_or_default()
    ));
}

fn print_table(table: &TableProposal) {
    let rows = figures::count(table.rows);
    let part = if table.is_complete { "" } else { " looked at" };
    output::line(&format!("{} ({}, {rows} rows{part})", table.name, table.file));
    for reason in &table.reasons {
        output::line(&format!("  {reason}"));
    }
    let lines: Vec<Vec<String>> = table
        .columns
        .iter()
        .map(|column| {
            let role = if column.role == Role::Ignore { "-" } else { column.role.as_str() };
            vec![format!("  {}", column.name), role.to_owned(), figures::count(column.distinct), column.reason.clone()]
        })
        .collect();
    output::table(&["  COLUMN", "ROLE", "VALUES", "WHY"], &lines, &[2]);
    output::line("");
}
