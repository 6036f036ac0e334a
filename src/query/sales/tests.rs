use super::*;
use crate::dataset::{Dataset, dates};
use crate::query::QueryError;

/// Three customers and one unknown; order 3 spans two products, order 5 two days.
const SALES: &str = "day,who,order,product,units,amount\n\
    2024-01-01,a,1,tea,1,10\n2024-01-01,b,2,tea,2,20\n2024-01-03,a,3,tea,1,10\n2024-01-03,a,3,cup,1,5\n\
    2024-01-08,,4,cup,3,15\n2024-02-01,b,5,tea,1,12\n2024-02-02,b,5,,1,8\n2024-02-02,c,,cup,2,-4\n";

const MANIFEST: &str = "title='t'\n[[table]]\nfile='sales.csv'\n[facts]\ntable='sales'\ncustomer='who'\norder='order'\n\
    time='day'\namount='amount'\nquantity='units'\n[[facts.dimension]]\ncolumn='product'\n\
    [segmentation]\nvalue='monetary'\nfeatures=['recency_days','frequency','monetary']\n";

fn shop() -> Dataset {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("sales.csv"), SALES).unwrap();
    std::fs::write(folder.path().join("dataset.toml"), MANIFEST).unwrap();
    crate::dataset::load(folder.path()).unwrap()
}

fn day(text: &str) -> i32 {
    dates::parse_iso(text).unwrap()
}

fn filter(query: &str, facts: &Facts) -> Result<SalesFilter, QueryError> {
    SalesFilter::parse(&serde_urlencoded::from_str::<Vec<(String, String)>>(query).unwrap(), facts)
}

#[test]
fn totals_count_orders_and_customers_once() {
    let shop = shop();
    let facts = shop.facts.as_ref().unwrap();
    let totals = SalesView::new(facts, &SalesFilter::default(), None).totals().unwrap();
    assert_eq!((totals.sales, totals.units, totals.lines), (76.0, 12.0, 8));
    assert_eq!((totals.orders, totals.customers, totals.order_sales), (5, 2, 80.0), "c only gave something back");
    assert_eq!((totals.returned, totals.return_lines, totals.gross()), (-4.0, 1, 80.0));
    assert_eq!(Measure::AverageOrderValue.of(&totals), 16.0);
    assert_eq!(Measure::AveragePrice.of(&totals), 76.0 / 12.0);
    assert!(Measure::AverageOrderValue.of(&Totals::default()).is_nan());
    assert_eq!(shop.customers.len(), 3, "c has no purchase and stays for what came back");
    assert_eq!(shop.customers.numbers("frequency").unwrap(), [2.0, 2.0, 0.0]);
}

#[test]
fn buckets_cover_the_whole_period_and_count_what_spans_them_in_each() {
    let shop = shop();
    let view = SalesView::new(shop.facts.as_ref().unwrap(), &SalesFilter::default(), None);
    let days = view.by_time(Grain::Day, Measure::Orders).unwrap();
    assert_eq!((days.len(), days[0].0), (33, day("2024-01-01")));
    assert_eq!(days.iter().map(|(_, t)| t.orders).sum::<usize>(), 6, "order 5 is on two days");
    assert_eq!(days[1].1, Totals::default());
    let weeks = view.by_time(Grain::Week, Measure::Sales).unwrap();
    assert_eq!(weeks.iter().map(|(_, t)| t.sales).collect::<Vec<_>>(), [45.0, 15.0, 0.0, 0.0, 16.0]);
    let months = view.by_time(Grain::Month, Measure::Customers).unwrap();
    assert_eq!(
        months.iter().map(|(start, t)| (*start, t.customers)).collect::<Vec<_>>(),
        [(day("2024-01-01"), 2), (day("2024-02-01"), 1)]
    );
    let weekdays = view.by_weekday(Measure::Orders).unwrap();
    assert_eq!(weekdays.iter().map(|t| t.orders).collect::<Vec<_>>(), [3, 0, 1, 1, 1, 0, 0]);
}

#[test]
fn filters_cut_by_period_level_and_customer() {
    let shop = shop();
    let facts = shop.facts.as_ref().unwrap();
    let sales = |query: &str, customers: Option<&[bool]>| {
        SalesView::new(facts, &filter(query, facts).unwrap(), customers).totals().unwrap().sales
    };
    assert_eq!(sales("from=2024-01-02&to=2024-02-01", None), 42.0);
    assert_eq!(sales("on.product=tea", None), 52.0);
    assert_eq!(sales("on.product=cup&on.product=(missing)", None), 24.0);
    assert_eq!(sales("", Some(&[true, false, false])), 25.0, "only a");
    assert_eq!(sales("from=2030-01-01", None), 0.0);
    assert_eq!(sales("from=2024-02-01&to=2024-01-01", None), 0.0);
    let product = facts.dimension("product").unwrap();
    let view = SalesView::new(facts, &SalesFilter::default(), None);
    let levels = view.by_level(product, Measure::Orders).unwrap();
    assert_eq!(levels.iter().map(|t| (t.sales, t.orders)).collect::<Vec<_>>(), [(16.0, 2), (52.0, 4), (8.0, 1)]);
    let clusters = view.by_cluster(&[4, 7], &[7, 4], Measure::Customers).unwrap();
    assert_eq!(clusters.iter().map(|t| (t.sales, t.customers)).collect::<Vec<_>>(), [(40.0, 1), (25.0, 1)]);
}

#[test]
fn a_filter_survives_the_way_through_a_link_and_nonsense_is_refused() {
    let shop = shop();
    let facts = shop.facts.as_ref().unwrap();
    let chosen = filter("from=2024-01-02&on.product=tea&on.product=cup&x=1", facts).unwrap();
    let text = serde_urlencoded::to_string(chosen.pairs()).unwrap();
    assert_eq!(filter(&text, facts).unwrap(), chosen);
    for (query, expected) in [
        ("from=yesterday", "is no day such as"),
        ("on.colour=red", "there is no column \"colour\""),
        ("on.product=gin", "product has no value \"gin\""),
    ] {
        let message = filter(query, facts).unwrap_err().to_string().to_lowercase();
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn a_period_of_too_many_steps_is_refused_with_the_longer_step_still_allowed() {
    let mut facts = shop().facts.unwrap();
    let check =
        |facts: &Facts, grain| check_steps(SalesView::new(facts, &SalesFilter::default(), None).days().unwrap(), grain);
    *facts.day.last_mut().unwrap() = facts.day[0] + MOST_STEPS - 1;
    assert_eq!(check(&facts, Grain::Day), Ok(()));
    *facts.day.last_mut().unwrap() = facts.day[0] + MOST_STEPS;
    let message = check(&facts, Grain::Day).unwrap_err().to_string();
    assert!(message.starts_with("from 2024-01-01 to 2051-05-19 there are more than 10,000 days"), "{message}");
    assert_eq!(check(&facts, Grain::Week), Ok(()));
    *facts.day.last_mut().unwrap() = day("9999-12-31");
    assert!(check(&facts, Grain::Week).is_err() && check(&facts, Grain::Month).is_err());
}
