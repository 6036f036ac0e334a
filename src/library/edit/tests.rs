use crate::dataset::manifest::rules::{Columns, OffenceAction};
use crate::library::edit::*;

const MANIFEST: &str = r#"# A shop.
title = "Shop" # for people
currency = "€"

[[table]]
file = "a.csv"

# Ids come first.
[columns.id]
role = "id"

[columns.spent]
label = "Money" # net
unit = "currency"

# Equal rows were exported twice.
[[clean]]
rule = "duplicate-rows"

# Refunds are no customers.
[[clean]]
rule = "negatives" # below 0
columns = ["spent"]
action = "drop"

[[derive]]
name = "double"
sql = "spent * 2"

# Few features.
[segmentation]
value = "spent"
features = ["spent"]
"#;

fn shop() -> (tempfile::TempDir, Source) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.csv"), "id,spent,city\n1,5,Bari\n2,-3,Bonn\n3,0,Bari\n3,0,Bari\n").unwrap();
    std::fs::write(folder.path().join(MANIFEST_FILE), MANIFEST).unwrap();
    let source = Source::read(folder.path()).unwrap();
    (folder, source)
}

fn edited(change: impl FnOnce(&mut Settings)) -> String {
    let (_folder, source) = shop();
    let mut wanted = source.settings.clone();
    change(&mut wanted);
    let text = source.with(&wanted).unwrap();
    let read = Manifest::parse(Path::new(MANIFEST_FILE), &text).unwrap();
    assert_eq!(Settings::of(&read), wanted, "{text}");
    text
}

fn customers(settings: &mut Settings) -> &mut Steps {
    settings.steps.iter_mut().find(|steps| steps.place == CUSTOMERS).unwrap()
}

#[test]
fn without_a_change_the_text_is_the_same() {
    assert_eq!(edited(|_| ()), MANIFEST);
}

#[test]
fn texts_change_beside_their_comments() {
    let text = edited(|settings| {
        settings.title = "My \"shop\"".to_owned();
        settings.currency = String::new();
        settings.columns.get_mut("spent").unwrap().label = "Sales".to_owned();
    });
    assert!(text.contains("title = 'My \"shop\"' # for people\n"), "{text}");
    assert!(text.contains("label = \"Sales\" # net\n"), "{text}");
    assert!(!text.contains("currency = \"€\""), "{text}");
    assert_eq!(text.lines().count(), MANIFEST.lines().count() - 1);
}

#[test]
fn columns_come_and_go() {
    let text = edited(|settings| {
        settings.columns.remove("id");
        let city = ColumnSettings { role: Some(Role::Category), unit: "town".to_owned(), ..ColumnSettings::default() };
        settings.columns.insert("city of birth".to_owned(), city);
    });
    assert!(!text.contains("[columns.id]"), "{text}");
    let (at, clean) = (text.find("[columns.\"city of birth\"]").unwrap(), text.find("[[clean]]").unwrap());
    assert!(at < clean, "a new column stands with the others: {text}");
}

#[test]
fn rules_that_stay_keep_their_text_and_comments() {
    let cap = CleaningRule::Cap { columns: Columns::Named(vec!["spent".to_owned()]), low: None, high: Some(9.0) };
    let added = edited(|settings| customers(settings).clean.push(cap.clone()));
    let start = &MANIFEST[..MANIFEST.find("[[derive]]").unwrap()];
    assert!(added.starts_with(start), "{added}");
    assert!(added.contains("rule = \"cap\"\ncolumns = [\"spent\"]\nhigh = 9.0\n"), "{added}");

    let removed = edited(|settings| drop(customers(settings).clean.remove(0)));
    assert!(
        !removed.contains("exported twice") && removed.contains("# Refunds are no customers.\n[[clean]]"),
        "{removed}"
    );

    let swapped = edited(|settings| customers(settings).clean.swap(0, 1));
    let place = |what: &str| swapped.find(what).unwrap();
    assert!(place("# Refunds are no customers.") < place("# Equal rows were exported twice."), "{swapped}");
    assert!(swapped.contains("rule = \"negatives\" # below 0"), "{swapped}");

    let changed = edited(|settings| {
        let columns = Columns::Named(vec!["spent".to_owned()]);
        customers(settings).clean[1] = CleaningRule::Negatives { columns, action: OffenceAction::Missing };
    });
    assert!(changed.contains("# Refunds are no customers.\n[[clean]]\nrule = \"negatives\"\n"), "{changed}");
    assert!(changed.contains("action = \"missing\""));

    let none = edited(|settings| {
        customers(settings).clean.clear();
        customers(settings).derive.clear();
    });
    assert!(!none.contains("[[clean]]") && !none.contains("[[derive]]") && none.contains("# Few features."), "{none}");
}

#[test]
fn a_table_can_be_cleaned_before_anything_else() {
    let text = edited(|settings| {
        let steps = &mut settings.steps[0];
        assert_eq!(steps.place, "table:a");
        steps.clean.push(CleaningRule::DuplicateRows);
        steps.derive.push(Derivation { name: "half".to_owned(), sql: "spent / 2".to_owned() });
    });
    let (table, columns) = (text.find("[[table.clean]]").unwrap(), text.find("[columns.id]").unwrap());
    assert!(table < columns && text.contains("[[table.derive]]\nname = \"half\""), "{text}");
}

#[test]
fn an_edit_is_tried_out_before_it_is_written() {
    let (folder, source) = shop();
    assert_eq!(source.try_out(&source.text, &crate::progress::Silent).unwrap().customers.len(), 2);
    let mut wanted = source.settings.clone();
    customers(&mut wanted).clean.remove(1);
    let text = source.with(&wanted).unwrap();
    assert_eq!(source.try_out(&text, &crate::progress::Silent).unwrap().customers.len(), 3);
    assert_eq!(std::fs::read_to_string(folder.path().join(MANIFEST_FILE)).unwrap(), MANIFEST, "nothing is written");
    source.write(&text).unwrap();
    assert_eq!(std::fs::read_to_string(folder.path().join(MANIFEST_FILE)).unwrap(), text);
    assert_eq!(crate::dataset::load(folder.path()).unwrap().customers.len(), 3);
    let message = source.write(&text).unwrap_err().to_string();
    assert!(message.contains("changed by somebody else"), "{message}");
    assert_ne!(Source::read(folder.path()).unwrap().mark(), source.mark());
}

#[test]
fn nonsense_is_refused_in_a_sentence() {
    let (folder, source) = shop();
    let refused = |change: &dyn Fn(&mut Settings)| {
        let mut wanted = source.settings.clone();
        change(&mut wanted);
        let tried = source.with(&wanted).and_then(|text| source.try_out(&text, &crate::progress::Silent));
        tried.map(drop).unwrap_err().to_string()
    };
    for (change, expected) in [
        (&(|s: &mut Settings| s.title = " ".to_owned()) as &dyn Fn(&mut Settings), "title"),
        (&|s: &mut Settings| s.steps[0].place = "table:b".to_owned(), "the manifest has no place \"table:b\""),
        (&|s: &mut Settings| customers(s).derive[0].sql = "spent +".to_owned(), "double"),
        (&|s: &mut Settings| customers(s).derive[0].sql = "nothing * 2".to_owned(), "nothing"),
        (&|s: &mut Settings| customers(s).derive[0].name = "spent".to_owned(), "spent"),
        (
            &|s: &mut Settings| {
                let columns = Columns::Named(vec!["gone".to_owned()]);
                customers(s).clean.push(CleaningRule::Zeros { columns, action: OffenceAction::Drop });
            },
            "there is no column \"gone\"",
        ),
        (&|s: &mut Settings| s.columns.get_mut("spent").unwrap().role = Some(Role::Category), "segmentation.value"),
    ] {
        let message = refused(change);
        assert!(message.contains(expected) && !message.contains("/tmp"), "{message}");
    }
    std::fs::write(folder.path().join(MANIFEST_FILE), "title = ").unwrap();
    let message = Source::read(folder.path()).unwrap_err().to_string();
    assert!(message.starts_with("dataset.toml: line 1"), "{message}");
}
