//! What files are taken for, as fields to correct.

use askama::Template;

use super::form::{COMPUTED, MARKS, ORDERS, ROLES};
use crate::dataset::Role;
use crate::figures;
use crate::propose::{Answer, ColumnProposal, FactsProposal, Kind, Proposal, Question, TableProposal};
use crate::web::pages::parts::{Choice, Picker};
use crate::web::pages::shell::Shell;
use crate::web::state::uploads::Held;

/// Rows of each table that are shown.
const ROWS: usize = 8;

/// Letters of a cell that are shown.
const CELL: usize = 40;

#[derive(Template)]
#[template(path = "import.html")]
pub(super) struct ImportPage {
    shell: Shell,
    key: String,
    problem: String,
    title: String,
    name: String,
    currency: String,
    questions: Vec<QuestionView>,
    found: Vec<String>,
    notes: Vec<String>,
    tables: Vec<TableView>,
    keys: Vec<KeyView>,
    customers: Vec<Picker>,
    customers_reason: String,
    facts_table: Picker,
    facts: Option<FactsView>,
    segmentation: Vec<Picker>,
    segmentation_reasons: Vec<String>,
    features: Vec<Choice>,
    manifest: String,
}

struct QuestionView {
    key: String,
    text: String,
    is_open: bool,
    options: Vec<OptionView>,
}

struct OptionView {
    value: String,
    words: String,
    effect: String,
    is_likely: bool,
    is_chosen: bool,
}

fn question_view(question: &Question) -> QuestionView {
    let option = |reading: &Answer| OptionView {
        value: reading.value.clone(),
        words: reading.words.clone(),
        effect: reading.effect.clone(),
        is_likely: reading.value == question.likely && question.confidence > 0.5,
        is_chosen: question.answer.as_ref() == Some(&reading.value),
    };
    QuestionView {
        key: question.key.clone(),
        text: question.text.clone(),
        is_open: question.is_open(),
        options: question.options.iter().map(option).collect(),
    }
}

struct TableView {
    at: usize,
    name: String,
    file: String,
    rows: String,
    reasons: Vec<String>,
    pickers: Vec<Picker>,
    drops_rows: bool,
    drops_ids: bool,
    columns: Vec<ColumnView>,
    preview: Vec<Vec<String>>,
}

struct ColumnView {
    name: String,
    role: Picker,
    reason: String,
    is_left_out: bool,
}

struct KeyView {
    at: usize,
    text: String,
    reason: String,
    is_used: bool,
}

struct FactsView {
    pickers: Vec<Picker>,
    status: Vec<Picker>,
    used: Vec<Choice>,
    dimensions: Vec<Choice>,
    reasons: Vec<String>,
}

impl ImportPage {
    pub(super) fn new(shell: Shell, key: &str, held: &Held) -> Self {
        let proposal = &held.proposal;
        let tables = proposal.tables.iter().map(|table| (table.name.as_str(), table.name.as_str()));
        let facts_table = proposal.facts.as_ref().map_or("", |facts| facts.table.as_str());
        let no_facts = ("", "none: each row is a customer");
        Self {
            shell,
            key: key.to_owned(),
            problem: held.problem.clone().unwrap_or_default(),
            title: proposal.title.clone(),
            name: held.staging.name().to_owned(),
            currency: proposal.currency.clone(),
            questions: proposal.questions.iter().map(question_view).collect(),
            found: found(proposal),
            notes: proposal.notes.clone(),
            tables: proposal.tables.iter().enumerate().map(|(at, table)| table_view(at, table)).collect(),
            keys: keys(proposal),
            customers: customers(proposal),
            customers_reason: proposal.customers.as_ref().map_or_else(
                || "Customers are known from what they bought or got.".to_owned(),
                |customers| customers.reason.clone(),
            ),
            facts_table: Picker::new("facts.table", "Table", std::iter::once(no_facts).chain(tables), facts_table),
            facts: proposal.facts.as_ref().map(|facts| facts_view(proposal, facts)),
            segmentation: segmentation(proposal),
            segmentation_reasons: proposal.segmentation.reasons.clone(),
            features: proposal
                .measures()
                .into_iter()
                .map(|(name, _)| Choice {
                    chosen: proposal.segmentation.features.contains(&name),
                    label: name.clone(),
                    value: name,
                })
                .collect(),
            manifest: proposal.manifest(),
        }
    }
}

/// The whole in a few sentences.
fn found(proposal: &Proposal) -> Vec<String> {
    let count = proposal.tables.len();
    let mut found = vec![format!(
        "{} {} read.",
        figures::counted(count, "table", "tables"),
        if count == 1 { "was" } else { "were" }
    )];
    match (&proposal.customers, &proposal.facts) {
        (Some(customers), _) => found.push(format!("The customers stand in table {}.", customers.table)),
        (None, Some(facts)) => found.push(format!("The customers are those named in table {}.", facts.table)),
        (None, None) => {}
    }
    if let Some(facts) = &proposal.facts {
        let what = match (&facts.amount, &facts.status) {
            (Some(_), _) => "What they bought",
            (None, Some(_)) => "What they got and used",
            (None, None) => "When they came",
        };
        found.push(format!("{what} stands in table {}.", facts.table));
    }
    found.push(format!("They will be segmented by {}.", proposal.segmentation.features.join(", ")));
    found
}

fn table_view(at: usize, table: &TableProposal) -> TableView {
    let columns = table.columns.iter().enumerate().map(|(place, column)| {
        let roles = ROLES.iter().map(|(role, word)| (role.as_str(), *word));
        ColumnView {
            name: column.name.clone(),
            role: Picker::new(&format!("t{at}.c{place}.role"), &column.name, roles, column.role.as_str()),
            reason: column.reason.clone(),
            is_left_out: column.role == Role::Ignore,
        }
    });
    let sheet = table.sheet.as_ref().map_or_else(String::new, |sheet| format!(", sheet {sheet}"));
    let rows = figures::counted(table.rows, "row", "rows");
    TableView {
        at,
        name: table.name.clone(),
        file: format!("{}{sheet}", table.file),
        rows: if table.is_complete { rows } else { format!("the first {rows}") },
        reasons: table.reasons.clone(),
        pickers: reading(at, table),
        drops_rows: table.drops_duplicate_rows,
        drops_ids: table.drops_duplicate_ids,
        columns: columns.collect(),
        preview: table
            .preview
            .iter()
            .take(ROWS)
            .map(|row| row.iter().map(|value| cell(value.as_deref())).collect())
            .collect(),
    }
}

fn cell(value: Option<&str>) -> String {
    let Some(text) = value else { return String::new() };
    let mut short: String = text.chars().take(CELL).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// How the file of a table is read.
fn reading(at: usize, table: &TableProposal) -> Vec<Picker> {
    let name = |field: &str| format!("t{at}.{field}");
    let mut pickers = Vec::new();
    if table.format.is_text() {
        let separators = [(",", "comma"), (";", "semicolon"), ("tab", "tab"), ("|", "bar"), ("space", "space")];
        pickers.push(with_own(&name("separator"), "Between columns", &separators, &written(table.separator)));
        let encodings = [
            ("utf-8", "UTF-8"),
            ("windows-1252", "Windows, western Europe"),
            ("windows-1250", "Windows, central Europe"),
            ("iso-8859-2", "ISO, central Europe"),
            ("windows-1251", "Windows, Cyrillic"),
            ("koi8-u", "KOI8, Cyrillic"),
            ("gbk", "GBK, Chinese"),
            ("big5", "Big5, Chinese"),
            ("euc-kr", "EUC, Korean"),
            ("shift_jis", "Shift JIS, Japanese"),
            ("utf-16le", "UTF-16, little end first"),
            ("utf-16be", "UTF-16, big end first"),
        ];
        let encoding = table.encoding.as_deref().unwrap_or("utf-8");
        pickers.push(with_own(&name("encoding"), "Letters are written as", &encodings, encoding));
    }
    let decimals = [(".", "point: 1.5"), ("comma", "comma: 1,5")];
    pickers.push(with_own(&name("decimal"), "Before decimals", &decimals, &written(Some(table.decimal))));
    let thousands = [
        ("", "nothing: 1000"),
        ("comma", "comma: 1,000"),
        (".", "point: 1.000"),
        ("space", "space: 1 000"),
        ("nbsp", "fixed space: 1 000"),
        ("thin", "thin space: 1 000"),
        ("'", "apostrophe: 1'000"),
    ];
    pickers.push(with_own(&name("thousands"), "Between thousands", &thousands, &written(table.thousands)));
    if table.columns.iter().any(|column| column.kind == Kind::Day) || table.date_order.is_some() {
        let orders = ORDERS.iter().map(|(word, _, label)| (*word, *label));
        let chosen = ORDERS.iter().find(|(_, order, _)| table.date_order == Some(*order));
        let options = std::iter::once(("", "told for each column")).chain(orders);
        pickers.push(Picker::new(&name("date_order"), "Dates are", options, chosen.map_or("", |(word, _, _)| word)));
    }
    pickers
}

/// How a mark stands in a field.
fn written(mark: Option<char>) -> String {
    let named = |letter: char| MARKS.iter().find(|(_, known)| *known == letter).map(|(name, _)| (*name).to_owned());
    mark.map_or_else(String::new, |letter| named(letter).unwrap_or_else(|| letter.to_string()))
}

/// A picker whose options always hold what is chosen.
fn with_own(name: &str, label: &str, options: &[(&str, &str)], chosen: &str) -> Picker {
    // The comma between columns stands as itself, as a mark of numbers by its name.
    let chosen = if chosen == "comma" && options.iter().all(|(value, _)| *value != "comma") { "," } else { chosen };
    let is_known = options.iter().any(|(value, _)| *value == chosen);
    let own = (!is_known).then_some((chosen, chosen));
    Picker::new(name, label, options.iter().copied().chain(own), chosen)
}

fn keys(proposal: &Proposal) -> Vec<KeyView> {
    let view = |(at, key): (usize, &crate::propose::KeyProposal)| KeyView {
        at,
        text: format!("{}.{} finds its row in {} by {}", key.from, key.column, key.to, key.key),
        reason: key.reason.clone(),
        is_used: key.is_used,
    };
    proposal.keys.iter().enumerate().map(view).collect()
}

fn customers(proposal: &Proposal) -> Vec<Picker> {
    let chosen = proposal.customers.as_ref();
    let none = proposal.facts.is_some().then_some(("", "none: known from what they bought"));
    let tables = proposal.tables.iter().map(|table| (table.name.as_str(), table.name.as_str()));
    let table = chosen.map_or("", |customers| customers.table.as_str());
    let mut pickers = vec![Picker::new("customers.table", "Table", none.into_iter().chain(tables), table)];
    if let Some(customers) = chosen {
        let columns = proposal.table(&customers.table).map(|table| table.columns.as_slice()).unwrap_or_default();
        let names = columns.iter().map(|column| (column.name.as_str(), column.name.as_str()));
        let none = ("", "none: the rows are numbered");
        let id = customers.id.as_deref().unwrap_or("");
        pickers.push(Picker::new("customers.id", "Column that names them", std::iter::once(none).chain(names), id));
    }
    pickers
}

fn facts_view(proposal: &Proposal, facts: &FactsProposal) -> FactsView {
    let columns = proposal.columns_beside(&facts.table);
    let pick = |field: &str, label: &str, none: Option<&str>, fits: &dyn Fn(&ColumnProposal) -> bool, chosen: &str| {
        let fitting =
            columns.iter().filter(|column| fits(column)).map(|column| (column.name.as_str(), column.name.as_str()));
        let none = none.map(|none| ("", none));
        Picker::new(&format!("facts.{field}"), label, none.into_iter().chain(fitting), chosen)
    };
    let text = |name: &Option<String>| name.clone().unwrap_or_default();
    let is_number = |column: &ColumnProposal| column.is_number() || column.kind == Kind::Flag;
    let is_day = |column: &ColumnProposal| column.kind == Kind::Day;
    let is_name = |column: &ColumnProposal| matches!(column.kind, Kind::Whole | Kind::Text | Kind::Flag);
    let has_levels = |column: &ColumnProposal| !column.levels.is_empty();
    let is_computed = facts.price.is_some();
    let mut amount = pick("amount", "Money of the line", Some("none"), &is_number, "");
    amount
        .options
        .push(Choice { value: COMPUTED.to_owned(), label: "units × price of one".to_owned(), chosen: false });
    let money = if is_computed { COMPUTED.to_owned() } else { text(&facts.amount) };
    for option in &mut amount.options {
        option.chosen = option.value == money;
    }
    let place = |of: fn(&crate::propose::PlaceProposal) -> &String| {
        facts.place.as_ref().map_or_else(String::new, |place| of(place).clone())
    };
    let pickers = vec![
        pick("customer", "Customer", None, &is_name, &facts.customer),
        pick("order", "Order", Some("none: each row is one"), &is_name, &text(&facts.order)),
        pick("time", "Day", None, &is_day, &facts.time),
        amount,
        pick("price", "Price of one", Some("none"), &is_number, &text(&facts.price)),
        pick("quantity", "Units", Some("none"), &is_number, &text(&facts.quantity)),
        pick("latitude", "Latitude", Some("none"), &is_number, &place(|place| &place.latitude)),
        pick("longitude", "Longitude", Some("none"), &is_number, &place(|place| &place.longitude)),
    ];
    let status = facts.status.as_ref();
    let column = status.map_or("", |status| status.column.as_str());
    let day = status.and_then(|status| status.time.clone()).unwrap_or_default();
    let levels = columns.iter().find(|known| known.name == column).map(|column| column.levels.clone());
    FactsView {
        pickers,
        status: vec![
            pick("status", "What became of it", Some("no status"), &has_levels, column),
            pick("status_time", "Day of use", Some("none"), &is_day, &day),
        ],
        used: levels
            .unwrap_or_default()
            .into_iter()
            .map(|level| Choice {
                chosen: status.is_some_and(|status| status.used.contains(&level)),
                label: level.clone(),
                value: level,
            })
            .collect(),
        dimensions: columns
            .iter()
            .filter(|column| is_dimension(facts, column))
            .map(|column| Choice {
                value: column.name.clone(),
                label: column.name.clone(),
                chosen: facts.dimensions.iter().any(|dimension| dimension.column == column.name),
            })
            .collect(),
        reasons: facts.reasons.clone(),
    }
}

/// Whether sales can be compared by a column.
fn is_dimension(facts: &FactsProposal, column: &ColumnProposal) -> bool {
    let is_taken = [Some(&facts.customer), facts.order.as_ref(), Some(&facts.time), facts.amount.as_ref()]
        .into_iter()
        .flatten()
        .any(|name| *name == column.name);
    let is_chosen = facts.dimensions.iter().any(|dimension| dimension.column == column.name);
    is_chosen || !is_taken && matches!(column.kind, Kind::Text | Kind::Whole | Kind::Flag) && column.distinct > 1
}

fn segmentation(proposal: &Proposal) -> Vec<Picker> {
    let chosen = &proposal.segmentation;
    let measures = proposal.measures();
    let numbers =
        || measures.iter().filter(|(_, is_number)| *is_number).map(|(name, _)| (name.as_str(), name.as_str()));
    let transforms = [
        ("", "none"),
        ("log1p", "log(1 + x)"),
        ("box-cox", "Box-Cox (only values above 0)"),
        ("yeo-johnson", "Yeo-Johnson"),
    ];
    vec![
        Picker::new("seg.value", "What a customer is worth", numbers(), &chosen.value),
        Picker::new(
            "seg.visits",
            "Visits or purchases",
            std::iter::once(("", "none")).chain(numbers()),
            chosen.visits.as_deref().unwrap_or(""),
        ),
        Picker::new("seg.transform", "Transform before scaling", transforms, chosen.transform.as_deref().unwrap_or("")),
    ]
}
