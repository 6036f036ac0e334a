use super::*;

const HEAD: &str = "title = 't'\n[[table]]\nfile = 'a.csv'\n";
const TAIL: &str = "\n[segmentation]\nvalue = 'spent'\nfeatures = ['spent']\n";
const DATA: &str = "id,spent,city,joined\n1,10,Bari,13-01-2020\n2,,Bonn,14-01-2020\n3,-5,Bonn,15-01-2020\n4,0,Alone,16-01-2020\n4,7,Bari,17-01-2020\n4,7,Bari,17-01-2020\n5,1000,,18-01-2020\n";

fn load_with(data: &str, middle: &str) -> Result<Dataset, String> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.csv"), data).unwrap();
    std::fs::write(folder.path().join("dataset.toml"), format!("{HEAD}{middle}{TAIL}")).unwrap();
    load(folder.path()).map_err(|error| error.to_string())
}

fn line(dataset: &Dataset, rule: usize) -> (usize, usize, f64, f64) {
    let entry = &dataset.ledger.entries[rule];
    (entry.rows_removed, entry.cells_changed, entry.value_removed, entry.value_changed)
}

#[test]
fn every_rule_is_in_the_ledger_and_it_reconciles() {
    let dataset = load_with(
        DATA,
        "[[clean]]\nrule='duplicate-rows'\n[[clean]]\nrule='duplicate-ids'\nkeep='last'\n\
         [[clean]]\nrule='missing'\ncolumns=['spent']\naction='constant'\nvalue=2\n\
         [[clean]]\nrule='negatives'\ncolumns='*'\naction='drop'\n\
         [[clean]]\nrule='cap'\ncolumns=['spent']\nhigh=100\n\
         [[clean]]\nrule='merge'\ncolumn='city'\ninto='Bonn'\nvalues=['Bari']\n\
         [[clean]]\nrule='constant-columns'\n\
         [[clean]]\nrule='range'\ncolumns=['double']\nhigh=150\naction='drop'\n\
         [[derive]]\nname='double'\nsql='spent * 2'\n",
    )
    .unwrap();
    assert_eq!(line(&dataset, 0), (1, 0, 7.0, 0.0));
    assert_eq!(line(&dataset, 1), (1, 0, 0.0, 0.0));
    assert_eq!(line(&dataset, 2), (0, 1, 0.0, 2.0));
    assert_eq!(line(&dataset, 3), (1, 0, -5.0, 0.0));
    assert_eq!(line(&dataset, 4), (0, 1, 0.0, -900.0));
    assert_eq!(line(&dataset, 5), (0, 2, 0.0, 0.0));
    assert_eq!(line(&dataset, 6), (0, 0, 0.0, 0.0));
    assert_eq!(line(&dataset, 7), (1, 0, 100.0, 0.0));
    assert!(dataset.ledger.notes[0].ends_with("city."));
    assert_eq!((dataset.ledger.rows_in, dataset.ledger.rows_out), (7, 3));
    assert_eq!((dataset.ledger.value_in, dataset.ledger.value_out), (1019.0, 19.0));
    assert!(dataset.ledger.reconciles());
    assert_eq!(dataset.customers.numbers("double").unwrap(), [20.0, 4.0, 14.0]);
}

#[test]
fn missing_values_are_filled_or_dropped_as_told() {
    let spent = |action: &str| {
        let rule = format!("[[clean]]\nrule='missing'\ncolumns=['spent']\naction='{action}'\n");
        load_with(DATA, &rule).unwrap().customers.numbers("spent").unwrap().to_vec()
    };
    assert_eq!(spent("drop").len(), 6);
    assert_eq!(spent("mean")[1], 1019.0 / 6.0);
    assert_eq!(spent("median")[1], 7.0);
    assert_eq!(spent("mode")[1], 7.0);
    assert!(spent("keep")[1].is_nan());
}

#[test]
fn zeros_and_impossible_days_become_missing_or_go() {
    let dataset = load_with(
        DATA,
        "[[clean]]\nrule='zeros'\ncolumns=['spent']\naction='missing'\n\
         [[clean]]\nrule='range'\ncolumns=['joined']\nhigh='2020-01-17'\naction='drop'\n",
    )
    .unwrap();
    assert_eq!(line(&dataset, 0), (0, 1, 0.0, 0.0));
    assert_eq!(line(&dataset, 1), (1, 0, 1000.0, 0.0));
}

#[test]
fn broken_references_name_the_key() {
    for (middle, expected) in [
        ("[[clean]]\nrule='zeros'\ncolumns=['nothing']\naction='drop'", "there is no column \"nothing\""),
        ("[[clean]]\nrule='zeros'\ncolumns=['city']\naction='drop'", "does not fit column \"city\""),
        ("[[clean]]\nrule='range'\ncolumns=['joined']\nlow='2030-01-01'\naction='drop'", "would remove every row"),
        ("[[group]]\nname='g'\nlabel='G'\ncolumns=['city']", "group.g.columns: expected a numeric column"),
    ] {
        let message = load_with(DATA, middle).unwrap_err();
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn parquet_brings_the_same_customers_as_csv() {
    let from_csv = load_with(DATA, "[[clean]]\nrule='duplicate-rows'\n").unwrap().customers;
    let folder = tempfile::tempdir().unwrap();
    let rows: Vec<u32> = (0..from_csv.len() as u32).collect();
    let file = std::fs::File::create(folder.path().join("a.parquet")).unwrap();
    export::write_parquet(file, &from_csv, &rows, &[]).unwrap();
    let manifest = format!("{}{TAIL}", HEAD.replace("a.csv", "a.parquet"));
    std::fs::write(folder.path().join("dataset.toml"), manifest).unwrap();
    let from_parquet = load(folder.path()).unwrap().customers;
    let text = |customers: &Customers| {
        let mut out = Vec::new();
        export::write_csv(&mut out, customers, &rows, &[]).unwrap();
        String::from_utf8(out).unwrap()
    };
    assert_eq!(text(&from_csv), text(&from_parquet));
    assert!(from_parquet.column("joined").is_some_and(|column| column.role == Role::Date));
}

#[test]
fn marks_and_date_order_of_the_table_are_used() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.csv"), "id;spent;joined\n1;1.234,5;02/01/2020\n2;7;03/01/2020\n").unwrap();
    let table = HEAD.to_owned() + "separator = ';'\ndecimal = ','\nthousands = '.'\ndate_order = 'day-month-year'\n";
    std::fs::write(folder.path().join("dataset.toml"), format!("{table}{TAIL}")).unwrap();
    let customers = load(folder.path()).unwrap().customers;
    assert_eq!(customers.numbers("spent").unwrap(), [1234.5, 7.0]);
    assert_eq!(dates::format_iso(customers.numbers("joined").unwrap()[0]), "2020-01-02");
}

#[test]
fn an_all_missing_value_measure_is_named_in_one_sentence() {
    let message = load_with("id,spent\n1,\n2,\n", "").unwrap_err();
    assert!(
        message.ends_with("segmentation.value: expected a numeric column, found \"spent\"; usable columns are id"),
        "{message}"
    );
}

#[test]
fn one_row_and_huge_values_load() {
    let dataset = load_with("id,spent\n1,1000000000000000\n", "").unwrap();
    assert_eq!(dataset.ledger.value_out, 1e15);
}

#[test]
fn the_fingerprint_follows_data_and_cleaning_but_not_titles() {
    let of = |data: &str, middle: &str| load_with(data, middle).unwrap().fingerprint;
    let plain = of(DATA, "");
    assert_eq!(plain, of(DATA, "[columns.spent]\nlabel='Money'\n"));
    assert_ne!(plain, of(DATA, "[[clean]]\nrule='duplicate-rows'\n"));
    assert_ne!(plain, of("id,spent\n1,2\n", ""));
}
