//! For each kind of chart what must agree between its figure and its table.

use serde_json::Value;

use super::apart::{
    boxes, components, criterion, dendrogram, densities, distances, flows, forecast, memory, number_by_segment,
    over_time, places, points, silhouettes,
};
use super::check::{Along, Check, Grid, rounding};
use super::figure::{Chart, count, is_nothing, known, name, number, numbers, plain, texts};

type Rule = fn(&mut Check<'_>);

/// The rule for a chart; nothing for one that nobody has thought of yet.
fn rule(id: &str) -> Option<Rule> {
    Some(match id {
        "agreement" | "correlation" | "inside-correlation" => correlations,
        "crossed" => crossed,
        "retention" => retention,
        "rfm-heatmap" => scores,
        "scatter" | "matrix" | "space" => points,
        "pca" => components,
        "silhouettes" => silhouettes,
        "dendrogram" => dendrogram,
        "k-distance" => distances,
        "over-time" => over_time,
        "by-segment" | "frequency" | "statuses" => developments,
        "trend" | "season" | "year" | "remainder" | "tested" => one_development,
        "forecast" => forecast,
        "acf" | "pacf" => memory,
        "radar" => radar,
        "loadings" | "inside-loadings" => groups,
        "chosen" => chosen,
        "weekday" => weekdays,
        "rfm-segments" => rfm_segments,
        "worth" => worth,
        "map" => places,
        "who-moved" => flows,
        "then-and-now" => then_and_now,
        "per-customer" | "days-to-use" => spread,
        _ => return rule_of_family(id),
    })
}

fn rule_of_family(id: &str) -> Option<Rule> {
    const BY_START: [(&str, Rule); 10] = [
        ("pie-", pie),
        ("dist-", distribution),
        ("box-", boxes),
        ("density-", densities),
        ("criterion-", criterion),
        ("facet-", facet),
        ("used-by-", used),
        ("by-", levels),
        ("bought-", bought),
        ("number-", number_by_segment),
    ];
    let by_start = BY_START.iter().find(|(start, _)| id.starts_with(start)).map(|(_, rule)| *rule);
    by_start.or_else(|| (id.ends_with("-mean") || id.ends_with("-total")).then_some(groups as Rule))
}

/// Everything that a chart's figure and its table do not agree on.
pub(super) fn check(chart: &Chart) -> Check<'_> {
    let mut check = Check { chart, compared: 0, faults: Vec::new() };
    match rule(&chart.id) {
        Some(rule) => rule(&mut check),
        None => check.fault("rule", "there is none for this chart; write one"),
    }
    check
}

/// The same values read from the other end.
fn reversed<T>(values: Vec<T>) -> Vec<T> {
    values.into_iter().rev().collect()
}

/// Rows of a heatmap in the order in which they are read, from the top.
fn from_the_top(check: &Check<'_>, key: &str) -> Vec<Value> {
    let rows = check.chart.traces[0][key].as_array().cloned().unwrap_or_default();
    // Names count upward unless the axis is turned round.
    if check.chart.layout["yaxis"]["autorange"] == "reversed" { rows } else { reversed(rows) }
}

fn names_from_the_top(check: &Check<'_>) -> Vec<String> {
    texts(&Value::Array(from_the_top(check, "y")))
}

fn correlations(check: &mut Check<'_>) {
    let chart = check.chart;
    let across = texts(&chart.traces[0]["x"]);
    check.names(&across, &texts_of(&chart.header[1..]));
    let down = names_from_the_top(check);
    check.names(&down, &chart.column(0));
    check.rows(down.len(), usize::MAX);
    let rows = from_the_top(check, "z");
    for (label, values) in down.iter().zip(&rows) {
        // Found by name, so that a wrong order is one fault and not hundreds.
        let Some(row) = chart.rows.iter().find(|row| row[0] == *label) else { continue };
        for ((other, value), cell) in across.iter().zip(numbers(values)).zip(&row[1..]) {
            // Rounded to a thousandth.
            check.close(&format!("{label}, {other}"), value, 0.0005, cell);
        }
    }
}

fn texts_of(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

/// Cells of a heatmap and the texts on them.
fn cells(check: &mut Check<'_>, words: &[Vec<String>]) {
    let chart = check.chart;
    for ((row, values), words) in chart.rows.iter().zip(from_the_top(check, "z")).zip(words) {
        for ((value, text), cell) in numbers(&values).into_iter().zip(words).zip(&row[1..]) {
            // Nothing adds up to 0 where there is nobody.
            let value = value.filter(|value| *value != 0.0 || !is_nothing(cell));
            check.number(&row[0], value, cell);
            check.same("text", text, cell);
        }
    }
}

fn crossed(check: &mut Check<'_>) {
    let chart = check.chart;
    check.names(&texts(&chart.traces[0]["x"]), &texts_of(&chart.header[1..]));
    let down = names_from_the_top(check);
    check.names(&down, &chart.column(0));
    check.same("header", &chart.title("yaxis").to_lowercase(), &chart.header[0]);
    let words: Vec<Vec<String>> = from_the_top(check, "text").iter().map(texts).collect();
    cells(check, &words);
}

fn scores(check: &mut Check<'_>) {
    let chart = check.chart;
    let of = |what: &str, names: Vec<String>| names.iter().map(|name| format!("{what} {name}")).collect::<Vec<_>>();
    check.names(&of("frequency", texts(&chart.traces[0]["x"])), &texts_of(&chart.header[1..]));
    let down = names_from_the_top(check);
    check.names(&of("recency", down), &chart.column(0));
    let words = |(row, _): (usize, &Vec<String>)| -> Vec<String> {
        let notes = chart.layout["annotations"].as_array().into_iter().flatten();
        let own = notes.filter(|note| note["y"] == chart.rows.len() - 1 - row);
        own.map(|note| plain(note["text"].as_str().unwrap_or(""))).collect()
    };
    let words: Vec<Vec<String>> = chart.rows.iter().enumerate().map(words).collect();
    cells(check, &words);
    let unit = chart.unit_of_column(1, |cell| cell).unwrap_or_default();
    let trace = &chart.traces[0];
    let places = [&trace["hovertemplate"], &trace["colorbar"]["title"]["text"], &Value::from(chart.summary.as_str())]
        .map(|place| place.as_str().unwrap_or("").contains(&unit));
    check.must("unit", places.contains(&true), || format!("cells are in {unit:?}, nothing in the figure says so"));
}

fn retention(check: &mut Check<'_>) {
    let chart = check.chart;
    let later: Vec<String> = texts(&chart.traces[0]["x"]).iter().map(|months| format!("+{months}")).collect();
    check.names(&later, &texts_of(&chart.header[2..]));
    let down = names_from_the_top(check);
    let months: Vec<String> =
        chart.rows.iter().map(|row| format!("{} ({})", row[0], row[1].replace(',', ""))).collect();
    check.names(&down, &texts_of(&months));
    for (row, values) in chart.rows.iter().zip(from_the_top(check, "z")) {
        for (value, cell) in numbers(&values).into_iter().zip(&row[2..]) {
            check.in_unit(&row[0], value, cell);
        }
    }
    let hover = chart.traces[0]["hovertemplate"].as_str().unwrap_or("");
    check.must("unit", hover.contains("} %"), || format!("{hover:?} says no per cents"));
}

fn pie(check: &mut Check<'_>) {
    let chart = check.chart;
    let (labels, values) = (texts(&chart.traces[0]["labels"]), numbers(&chart.traces[0]["values"]));
    check.names(&labels, &chart.column(0));
    for ((label, value), cell) in labels.iter().zip(&values).zip(chart.column(1)) {
        check.in_unit(label, *value, cell);
    }
    check.shares(2, &values);
}

/// Bars that lie, of one column; in some charts the rest of the levels are in the table only.
fn lying(check: &mut Check<'_>, column: usize, most: usize) {
    let chart = check.chart;
    check.grid(&Grid { most, ..Grid::unnamed(&chart.traces[..1], Along::Upward, &[column]) });
}

fn distribution(check: &mut Check<'_>) {
    let chart = check.chart;
    if chart.traces[0]["type"] == "pie" {
        pie(check);
    } else if chart.traces[0]["orientation"] == "h" {
        lying(check, 1, usize::MAX);
        check.same("header", chart.title("xaxis"), &chart.header[1]);
        check.shares(2, &reversed(numbers(&chart.traces[0]["x"])));
    } else {
        check.same("header", chart.title("yaxis"), &chart.header[2]);
        histogram(check);
    }
}

/// Bars over bins, a column for each trace beside the ends of the bins.
fn histogram(check: &mut Check<'_>) {
    let chart = check.chart;
    let ends: Vec<(&str, &str)> = chart.column(0).into_iter().zip(chart.column(1)).collect();
    check.must("columns", chart.header.len() == 2 + chart.traces.len(), || format!("{:?}", chart.header));
    for (trace, at) in chart.traces.iter().zip(2..chart.header.len()) {
        let values = numbers(&trace["y"]);
        check.rows(values.len(), usize::MAX);
        check.bins(trace, &ends);
        if trace["name"].is_string() {
            check.same("trace", &name(trace), &chart.header[at]);
        }
        for (row, value) in chart.rows.iter().zip(values) {
            check.in_unit(&format!("{} to {}", row[0], row[1]), value, &row[at]);
        }
    }
    check.range_units();
}

fn spread(check: &mut Check<'_>) {
    let chart = check.chart;
    let trace = &chart.traces[0];
    check.names(&texts(&trace["hovertext"]), &chart.column(0));
    check.same("header", chart.title("xaxis"), &chart.header[0]);
    check.same("header", chart.title("yaxis"), &chart.header[1]);
    for ((row, place), value) in chart.rows.iter().zip(numbers(&trace["x"])).zip(numbers(&trace["y"])) {
        check.in_unit(&row[0], value, &row[1]);
        match row[0].split_once(" to ") {
            Some(ends) => between(check, place, ends),
            None => check.in_unit("place", place, &row[0]),
        }
    }
}

/// Whether a bar stands in the middle of its bin.
fn between(check: &mut Check<'_>, place: Option<f64>, (from, to): (&str, &str)) {
    let (low, high) = (count(from), count(to));
    let off = number(from).into_iter().chain(number(to)).map(|end| end.half).sum::<f64>();
    check.compared += 1;
    let holds = place.is_some_and(|place| (place - f64::midpoint(low, high)).abs() <= off + rounding(place) + 1e-9);
    check.must("bins", holds, || format!("a bar at {place:?} for {from} to {to}"));
}

fn then_and_now(check: &mut Check<'_>) {
    let chart = check.chart;
    let ends: Vec<(&str, &str)> = chart.column(0).into_iter().filter_map(|range| range.split_once(" to ")).collect();
    for (trace, at) in chart.traces.iter().zip([1, 3]) {
        check.names(&texts(&trace["hovertext"]), &chart.column(0));
        if trace["width"].is_number() {
            check.bins(trace, &ends);
        } else {
            check.names(&texts(&trace["x"]), &chart.column(0));
        }
        for (header, what) in chart.header[at..].iter().zip(["customers", "share"]) {
            check.same("header", &format!("{what} {}", name(trace)), header);
        }
        let all: f64 = chart.column(at).into_iter().map(count).sum();
        for (row, share) in chart.rows.iter().zip(known(&trace["y"])) {
            check.number(&row[0], Some(share), &row[at + 1]);
            check.close(&row[0], Some(share * all), rounding(share) * all, &row[at]);
        }
        check.units("yaxis", at + 1, |cell| cell);
    }
    if chart.traces[0]["width"].is_number() {
        check.range_units();
    }
}

fn chosen(check: &mut Check<'_>) {
    if check.chart.header[0].starts_with("from") {
        return histogram(check);
    }
    let chart = check.chart;
    check.grid(&Grid::unnamed(&chart.traces, Along::Names, &[1]));
}

fn groups(check: &mut Check<'_>) {
    let chart = check.chart;
    check.grid(&Grid::new(&chart.traces, Along::Names));
}

fn weekdays(check: &mut Check<'_>) {
    let chart = check.chart;
    check.grid(&Grid::unnamed(&chart.traces, Along::Names, &[1]));
    if chart.header.len() > 2 {
        check.shares(2, &numbers(&chart.traces[0]["y"]));
    }
}

/// Levels that are drawn on the Sales page.
const LEVELS: usize = 15;

fn levels(check: &mut Check<'_>) {
    let chart = check.chart;
    lying(check, 1, LEVELS);
    check.same("header", chart.title("xaxis").split(" (").next().unwrap_or(""), &chart.header[1]);
    let values = reversed(numbers(&chart.traces[0]["x"]));
    // Those that are not drawn are a part of the total too.
    if chart.header.len() > 2 && values.len() == chart.rows.len() {
        check.shares(2, &values);
    }
}

/// Levels that are drawn on the Coupons page.
const USED: usize = 12;

fn used(check: &mut Check<'_>) {
    let chart = check.chart;
    lying(check, 2, USED);
    check.same("header", chart.title("xaxis"), &chart.header[2]);
    for (row, text) in chart.rows.iter().zip(reversed(texts(&chart.traces[0]["text"]))) {
        check.same("text", &text, &row[3]);
    }
    for row in &chart.rows {
        check.close(&row[0], Some(100.0 * count(&row[2]) / count(&row[1])), 0.0, &row[3]);
    }
}

fn worth(check: &mut Check<'_>) {
    let chart = check.chart;
    lying(check, 2, usize::MAX);
    check.shares(3, &reversed(numbers(&chart.traces[0]["x"])));
}

fn rfm_segments(check: &mut Check<'_>) {
    let chart = check.chart;
    check.grid(&Grid::unnamed(&chart.traces, Along::Upward, &[4, 2]));
    for (trace, at) in chart.traces.iter().zip([4, 2]) {
        check.same("trace", &name(trace), &chart.header[at]);
    }
}

/// Levels that are drawn on the Insights page.
const BOUGHT: usize = 8;

/// `1,234 (27 %)`: the figure has the share.
fn bought(check: &mut Check<'_>) {
    fn share(cell: &str) -> &str {
        cell.rsplit_once('(').map_or("", |(_, share)| share.trim_end_matches(')'))
    }
    let chart = check.chart;
    check.grid(&Grid { most: BOUGHT, part: share, ..Grid::new(&chart.traces, Along::Names) });
}

fn developments(check: &mut Check<'_>) {
    let chart = check.chart;
    check.grid(&Grid::new(&chart.traces, Along::Days));
}

fn one_development(check: &mut Check<'_>) {
    let chart = check.chart;
    check.grid(&Grid::unnamed(&chart.traces, Along::Days, &[1]));
}

fn facet(check: &mut Check<'_>) {
    let chart = check.chart;
    one_development(check);
    check.same("trace", &chart.question, &name(&chart.traces[0]));
    let ends = known(&chart.layout["yaxis"]["range"]);
    let is_clipped = |value: &f64| *value < ends[0] || *value > ends[1];
    let clipped: Vec<f64> = known(&chart.traces[0]["y"]).into_iter().filter(is_clipped).collect();
    check.must("range", clipped.is_empty(), || format!("{clipped:?} outside of {ends:?}"));
}

fn radar(check: &mut Check<'_>) {
    let mut traces = check.chart.traces.clone();
    for trace in &mut traces {
        for key in ["theta", "r"] {
            // The line ends where it began.
            let around = trace[key].as_array_mut().unwrap();
            let last = around.pop();
            check.must("line", last.as_ref() == around.first(), || format!("{key} is open"));
        }
    }
    check.grid(&Grid::new(&traces, Along::Round));
}
