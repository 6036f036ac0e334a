//! Charts that are not their table drawn: what can be said of them all the same.

use std::collections::BTreeMap;

use serde_json::Value;

use super::check::{Along, Check, Grid, rounding};
use super::figure::{count, day, known, name, names_of, number, numbers, texts};

/// The table has no bins but what they add up to.
pub(super) fn number_by_segment(check: &mut Check<'_>) {
    let chart = check.chart;
    let traces: Vec<Value> =
        chart.traces.iter().filter(|trace| known(&trace["y"]).iter().any(|share| *share > 0.0)).cloned().collect();
    check.names(&names_of(&traces), &chart.column(0));
    let each = chart.title("yaxis").rsplit(' ').next().unwrap_or("");
    check.same("header", each, &chart.header[1]);
    for (trace, row) in traces.iter().zip(&chart.rows) {
        let (places, shares) = (known(&trace["x"]), known(&trace["y"]));
        let half = places.windows(2).next().map_or(0.5, |pair| (pair[1] - pair[0]) / 2.0);
        let bins = || places.iter().zip(&shares);
        let whole: f64 = shares.iter().sum();
        check.must("value", (whole - 1.0).abs() < 0.001, || format!("{}: shares add up to {whole}", row[0]));
        for share in &shares {
            let customers = share * count(&row[1]);
            let off = rounding(*share) * count(&row[1]) * 1.01 + 1e-6;
            check.compared += 1;
            check.must("value", (customers - customers.round()).abs() <= off, || format!("{share} of {}", row[1]));
        }
        let mean = bins().map(|(place, share)| place * share).sum::<f64>() / whole;
        check.close(&format!("mean of {}", row[0]), Some(mean), half, &row[2]);
        let median = number(&row[3]).unwrap();
        let below = bins().filter(|(place, _)| *place + half < median.value - median.half).map(|(_, share)| share);
        let up_to = bins().filter(|(place, _)| *place - half <= median.value + median.half).map(|(_, share)| share);
        let (below, up_to) = (below.sum::<f64>(), up_to.sum::<f64>());
        check.compared += 1;
        check.must("value", below <= 0.501 && up_to >= 0.499, || format!("median {}: {below} to {up_to}", row[3]));
    }
    check.units("xaxis", 2, |cell| cell);
    check.units("xaxis", 3, |cell| cell);
}

pub(super) fn over_time(check: &mut Check<'_>) {
    let chart = check.chart;
    check.same("header", chart.title("yaxis").split(" (").next().unwrap_or(""), &chart.header[1]);
    check.grid(&Grid::unnamed(&chart.traces[..1], Along::Days, &[1]));
    if chart.traces[0]["type"] == "bar" {
        return check.names(&names_of(&chart.traces), &[chart.header[1].as_str()]);
    }
    check.names(&names_of(&chart.traces[..2]), &["each day", "mean of 7 days"]);
    let (days, values) = (texts(&chart.traces[0]["x"]), numbers(&chart.traces[0]["y"]));
    for (week, mean) in values.windows(7).zip(numbers(&chart.traces[1]["y"]).iter().skip(6)) {
        let week: Vec<f64> = week.iter().copied().flatten().collect();
        if let Some(mean) = mean.filter(|_| !week.is_empty()) {
            let off = rounding(mean) + week.iter().copied().map(rounding).fold(0.0, f64::max) + 1e-9;
            let own = week.iter().sum::<f64>() / week.len() as f64;
            check.compared += 1;
            check.must("mean", (own - mean).abs() <= off, || format!("a mean of {mean} where it is {own}"));
        }
    }
    for trace in &chart.traces[2..] {
        check.same("trace", &name(trace), "unusual day");
        let unusual = texts(&trace["x"]);
        check.must("summary", chart.summary.contains(&format!("{} days are unusual", unusual.len())), || {
            format!("{} days are marked: {}", unusual.len(), chart.summary)
        });
        for (day, value) in unusual.iter().zip(numbers(&trace["y"])) {
            let at = days.iter().position(|known| known == day);
            check.must("value", at.is_some_and(|at| values[at] == value), || format!("{day} is not {value:?}"));
        }
    }
}

pub(super) fn forecast(check: &mut Check<'_>) {
    let chart = check.chart;
    let [low_95, high_95, low_80, high_80, past, point] = &chart.traces[..] else {
        return check.fault("trace", format!("{:?}", names_of(&chart.traces)));
    };
    let names = [high_95, high_80, past, point].map(name);
    check.names(&names, &["95 % of days", "80 % of days", "so far", "forecast"]);
    check.names(&chart.header[1..], &["forecast", "80 % from", "80 % to", "95 % from", "95 % to"]);
    let columns = [point, low_80, high_80, low_95, high_95].map(Value::clone);
    check.grid(&Grid::unnamed(&columns, Along::Forward, &[1, 2, 3, 4, 5]));
    let bands = [low_95, low_80, point, high_80, high_95].map(|trace| known(&trace["y"]));
    for at in 0..bands[2].len() {
        let is_nested = bands.windows(2).all(|pair| pair[0][at] <= pair[1][at]);
        check.must("band", is_nested, || format!("day {at} of {bands:?}"));
    }
    let edge = [texts(&past["x"]).last().and_then(|last| day(last)), day(&texts(&point["x"])[0])];
    check.must("order", edge[0].map(|last| last + 1.0) == edge[1], || format!("from {edge:?}"));
}

pub(super) fn memory(check: &mut Check<'_>) {
    let chart = check.chart;
    check.grid(&Grid::new(&chart.traces[..1], Along::Forward));
    check.same("header", chart.title("yaxis"), &chart.header[1]);
    let sides: Vec<f64> = chart.traces[1..].iter().flat_map(|trace| known(&trace["y"])).collect();
    let band = sides.first().copied().unwrap_or(f64::NAN);
    check.must("band", sides == [band, band, -band, -band], || format!("{sides:?}"));
    let values = known(&chart.traces[0]["y"]);
    let beyond = (1..=values.len()).filter(|lag| values[lag - 1].abs() > band).map(|lag| lag.to_string());
    let beyond: Vec<String> = beyond.take(8).collect();
    let said = if beyond.is_empty() {
        "No lag stands out".to_owned()
    } else {
        format!("(±{band:.2}): {} days", beyond.join(", "))
    };
    check.must("summary", chart.summary.contains(&said), || format!("{said:?} is not in {:?}", chart.summary));
}

/// Whiskers, quartiles, median and mean, in the order of the table.
const OF_BOX: [&str; 6] = ["lowerfence", "q1", "median", "q3", "upperfence", "mean"];

/// The first of each name.
fn distinct(names: Vec<&str>) -> Vec<&str> {
    let mut seen = Vec::new();
    for name in names {
        if !seen.contains(&name) {
            seen.push(name);
        }
    }
    seen
}

pub(super) fn boxes(check: &mut Check<'_>) {
    let chart = check.chart;
    let is_grouped = chart.rows.iter().any(|row| !row[0].is_empty());
    let mut drawn: Vec<(String, String, Vec<String>)> = Vec::new();
    for trace in &chart.traces {
        let values = OF_BOX.map(|key| texts(&trace[key]));
        for (at, place) in texts(&trace["x"]).into_iter().enumerate() {
            drawn.push((place, name(trace), values.iter().map(|values| values[at].clone()).collect()));
        }
    }
    check.rows(drawn.len(), usize::MAX);
    let table = distinct(chart.column(usize::from(!is_grouped)));
    // Groups stand in the order that the axis is given, else in that in which the traces come upon them.
    let given = texts(&chart.layout["xaxis"]["categoryarray"]);
    let places = || drawn.iter().map(|(place, ..)| place.as_str());
    let mut groups = distinct(given.iter().map(String::as_str).chain(places()).collect());
    groups.retain(|group| places().any(|place| place == *group));
    let groups: Vec<String> = groups.into_iter().map(str::to_owned).collect();
    check.names(&groups[..table.len().min(groups.len())], &table);
    if is_grouped {
        check.same("header", chart.title("xaxis"), &chart.header[0]);
    }
    for row in &chart.rows {
        let place = if is_grouped { &row[0] } else { &row[1] };
        let Some((.., values)) = drawn.iter().find(|(own, colour, _)| own == place && *colour == row[1]) else {
            check.fault("names", format!("no box for {place}, {}", row[1]));
            continue;
        };
        for ((key, value), cell) in OF_BOX.iter().zip(values).zip(&row[2..]) {
            let what = format!("{key} of {place}, {}", row[1]);
            if day(cell).is_some() {
                // Such an axis is given days as texts or as milliseconds; it would show a bare number as it is.
                let milliseconds = value.parse().ok().filter(|value: &f64| *value > 1e9);
                let own = day(value).or_else(|| milliseconds.map(|value| (value / 86_400_000.0).floor()));
                check.compared += 1;
                check.must("days", own == day(cell), || format!("{what}: figure {value}, table {cell}"));
            } else {
                let value = value.parse().ok();
                // A share of 1 is per cents in its cell; what is in per cents already says so on the axis.
                if chart.is_in_percent("yaxis") {
                    check.in_unit(&what, value, cell);
                } else {
                    check.number(&what, value, cell);
                }
            }
        }
    }
    if chart.rows.first().is_some_and(|row| day(&row[2]).is_none()) {
        (2..8).for_each(|at| check.units("yaxis", at, |cell| cell));
    }
}

pub(super) fn densities(check: &mut Check<'_>) {
    let chart = check.chart;
    check.names(&names_of(&chart.traces), &chart.column(0));
    for (trace, row) in chart.traces.iter().zip(&chart.rows) {
        let (places, heights) = (texts(&trace["x"]), known(&trace["y"]));
        let highest = heights.iter().copied().fold(0.0, f64::max);
        check.must("range", heights.iter().all(|height| *height > -1e-12), || format!("{}: below 0", row[0]));
        // Five digits may not tell the highest point from its neighbour.
        let is_peak = |(place, height): (&String, &f64)| {
            let is_there = match number(&row[1]) {
                Some(written) => place
                    .parse()
                    .is_ok_and(|place: f64| (place - written.value).abs() <= written.half + rounding(place) + 1e-9),
                None => *place == row[1],
            };
            *height >= highest * (1.0 - 1e-4) && is_there
        };
        check.compared += 1;
        check.must("value", places.iter().zip(&heights).any(is_peak), || format!("{}: no peak at {}", row[0], row[1]));
    }
    if chart.rows.first().is_some_and(|row| day(&row[1]).is_none()) {
        check.units("xaxis", 1, |cell| cell);
    }
}

pub(super) fn criterion(check: &mut Check<'_>) {
    let chart = check.chart;
    check.grid(&Grid::unnamed(&chart.traces[..1], Along::Forward, &[1]));
    check.same("trace", &name(&chart.traces[0]), &chart.header[1]);
    let errors = numbers(&chart.traces[0]["error_y"]["array"]);
    check
        .must("columns", chart.header.len() == if errors.is_empty() { 2 } else { 3 }, || format!("{:?}", chart.header));
    for (row, error) in chart.rows.iter().zip(errors) {
        check.in_unit(&format!("error at {}", row[0]), error, &row[2]);
    }
    check.same("header", chart.title("xaxis"), "number of segments");
    check.same("header", "k", &chart.header[0]);
    let points: Vec<(f64, f64)> = known(&chart.traces[0]["x"]).into_iter().zip(known(&chart.traces[0]["y"])).collect();
    let (low, high) = points
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), point| (low.min(point.1), high.max(point.1)));
    let preferred =
        chart.summary.strip_prefix("Prefers ").and_then(|words| words.split(';').next()?.parse::<f64>().ok());
    let (stars, lines): (Vec<&Value>, Vec<&Value>) =
        chart.traces[1..].iter().partition(|trace| trace["marker"]["symbol"] == "star");
    let marked: Vec<(f64, f64)> =
        stars.into_iter().flat_map(|star| known(&star["x"]).into_iter().zip(known(&star["y"]))).collect();
    let expected: Vec<(f64, f64)> = points.iter().copied().filter(|(k, _)| Some(*k) == preferred).collect();
    check.must("star", marked == expected, || format!("{marked:?} for {:?}", chart.summary));
    for line in lines {
        let (across, up) = (known(&line["x"]), known(&line["y"]));
        let hover = line["hovertemplate"].as_str().unwrap_or("");
        let holds = if across[0] == across[1] {
            up == [low, high] && hover.starts_with(&format!("recommended: {}<", across[0]))
        } else {
            let is_whole = across == [points[0].0, points[points.len() - 1].0];
            chart.id == "criterion-stability" && is_whole && up[0] == up[1] && hover.starts_with(&format!("{}:", up[0]))
        };
        check.must("line", holds, || format!("{across:?}, {up:?}: {hover}"));
    }
    let errors = numbers(&chart.traces[0]["error_y"]["array"]);
    let expected = if chart.id == "criterion-gap" { points.len() } else { 0 };
    check.must("errors", errors.len() == expected, || format!("{} error bars, {expected} points", errors.len()));
}

pub(super) fn distances(check: &mut Check<'_>) {
    let chart = check.chart;
    let curve = &chart.traces[0];
    let (ranks, distances) = (numbers(&curve["x"]), numbers(&curve["y"]));
    check.rows(distances.len(), usize::MAX);
    check.must("order", distances.is_sorted_by(|a, b| a >= b), || "the curve rises".to_owned());
    for ((row, rank), distance) in chart.rows.iter().zip(ranks).zip(distances) {
        check.in_unit("rank", rank, &row[0]);
        check.in_unit(&format!("distance of {}", row[0]), distance, &row[1]);
    }
    for line in &chart.traces[1..] {
        let said = chart.summary.split("at eps ").nth(1).and_then(|words| words.split(';').next()).unwrap_or("");
        for eps in numbers(&line["y"]) {
            check.in_unit("eps", eps, said);
        }
    }
}

pub(super) fn points(check: &mut Check<'_>) {
    let chart = check.chart;
    // In a scatter matrix each pair of variables has traces of its own.
    let mut pairs: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
    for trace in &chart.traces {
        pairs.entry(format!("{} {}", trace["xaxis"], trace["yaxis"])).or_default().push(trace);
    }
    for (pair, traces) in pairs {
        let names: Vec<String> = traces.iter().map(|trace| name(trace)).collect();
        check.names(&names, &chart.column(0));
        for (trace, row) in traces.into_iter().zip(&chart.rows) {
            let lists: Vec<&Vec<Value>> = ["x", "y", "z"].iter().filter_map(|key| trace[*key].as_array()).collect();
            let drawn = (0..lists[0].len()).filter(|at| lists.iter().all(|list| !list[*at].is_null())).count();
            check.compared += 1;
            check.must("count", drawn as f64 == count(&row[1]), || {
                format!("{}: {drawn} of {} points are drawn, table {} ({pair})", row[0], lists[0].len(), row[1])
            });
        }
    }
}

pub(super) fn components(check: &mut Check<'_>) {
    let chart = check.chart;
    for ((axis, after), row) in [("xaxis", " of variance"), ("yaxis", "")].iter().zip(&chart.rows) {
        check.compared += 1;
        check.same("value", chart.title(axis), &format!("{} ({}{after})", row[0], row[1]));
    }
    let customers = chart.traces.iter().filter(|trace| name(trace) != "New customer");
    let drawn: usize = customers.map(|trace| known(&trace["x"]).len().min(known(&trace["y"]).len())).sum();
    let said = |before: &str| chart.summary.split(before).nth(1).map_or(f64::NAN, count);
    check.must("count", drawn as f64 == said("variance. "), || format!("{drawn} points: {}", chart.summary));
    let shares: Vec<f64> = chart.column(1).into_iter().map(count).collect();
    let two: f64 = shares.iter().take(2).sum();
    check.must("value", (two - said("keep ")).abs() <= 0.61, || format!("{two} %: {}", chart.summary));
    check.must("value", shares.iter().sum::<f64>() < 101.0, || format!("{shares:?} are more than all"));
}

/// Most bars that a segment has in the drawing of silhouettes; of more customers, every so many is drawn.
const SILHOUETTES: usize = 150;

pub(super) fn silhouettes(check: &mut Check<'_>) {
    let chart = check.chart;
    check.names(&names_of(&chart.traces), &chart.column(0));
    let mut free = 0.0;
    for (trace, row) in chart.traces.iter().zip(&chart.rows) {
        let (places, bars) = (known(&trace["x"]), known(&trace["y"]));
        let drawn = bars.len() as f64;
        check.must("order", places[0] >= free && bars.is_sorted_by(|a, b| a >= b), || format!("bars of {}", row[0]));
        free = places[places.len() - 1] + 1.0;
        check.must("range", bars.iter().all(|bar| bar.abs() <= 1.0), || format!("{bars:?}"));
        check.must("rows", bars.len() <= SILHOUETTES, || format!("{} bars", bars.len()));
        // Few bars are all customers; of more, each may stand for its neighbours.
        let step = if bars.len() <= SILHOUETTES / 2 { 0.0 } else { 1.0 / drawn };
        let mean = bars.iter().sum::<f64>() / drawn;
        let reach = bars[0] - bars[bars.len() - 1];
        check.close(&format!("mean of {}", row[0]), Some(mean), reach * step + 1e-4, &row[1]);
        let below = bars.iter().filter(|bar| **bar < 0.0).count() as f64 / drawn;
        let few = number(&row[2]).is_some_and(|written| written.is_below) && below <= step;
        if few {
            check.compared += 1;
        } else {
            check.close(&format!("below 0 of {}", row[0]), Some(100.0 * below), 100.0 * step, &row[2]);
        }
    }
}

pub(super) fn dendrogram(check: &mut Check<'_>) {
    let chart = check.chart;
    let (cuts, branches): (Vec<&Value>, Vec<&Value>) = chart.traces.iter().partition(|trace| name(trace) == "cut");
    // A join is a level line; legs are upright.
    let mut joins: Vec<(f64, String)> = Vec::new();
    for trace in branches {
        let segment = if name(trace) == "above the cut" { "several".to_owned() } else { name(trace) };
        let (across, up) = (numbers(&trace["x"]), numbers(&trace["y"]));
        for (x, y) in across.chunks(3).zip(up.chunks(3)) {
            if let [Some(left), Some(right)] = x[..2]
                && left != right
            {
                check.must("line", y[0] == y[1], || format!("a join from {y:?}"));
                joins.extend(y[0].map(|height| (height, segment.clone())));
            }
        }
    }
    joins.sort_by(|a, b| b.0.total_cmp(&a.0));
    check.rows(joins.len(), usize::MAX);
    for ((height, _), row) in joins.iter().zip(&chart.rows) {
        check.in_unit("height", Some(*height), &row[0]);
    }
    let mut segments: Vec<String> = joins.into_iter().map(|(_, segment)| segment).collect();
    let mut table = chart.column(3);
    segments.sort();
    table.sort_unstable();
    check.names(&segments, &table);
    let ends: f64 = texts(&chart.layout["xaxis"]["ticktext"]).iter().map(|text| count(text)).sum();
    let all = count(&chart.rows[0][1]) + count(&chart.rows[0][2]);
    check.must("value", ends == all, || format!("{ends} customers below the ends, {all} in the table"));
    for cut in cuts {
        let height = known(&cut["y"])[0];
        let is_between = chart.rows.iter().all(|row| {
            let join = count(&row[0]);
            if row[3] == "several" { join >= height * 0.999 } else { join <= height * 1.001 }
        });
        check.must("line", is_between, || format!("the cut at {height} parts others than the table"));
    }
}

pub(super) fn places(check: &mut Check<'_>) {
    let chart = check.chart;
    let trace = &chart.traces[0];
    let words = texts(&trace["text"]);
    check.rows(words.len(), usize::MAX);
    for (title, header) in ["yaxis", "xaxis"].iter().zip(&chart.header) {
        check.same("header", chart.title(title), &format!("{header} (°)"));
    }
    let sides = numbers(&trace["y"]).into_iter().zip(numbers(&trace["x"]));
    for ((row, (latitude, longitude)), text) in chart.rows.iter().zip(sides).zip(&words) {
        check.in_unit("latitude", latitude, &row[0]);
        check.in_unit("longitude", longitude, &row[1]);
        let (own, table) = (number(text).unwrap(), number(&row[2]).unwrap());
        check.close(text, Some(own.value), own.half, &row[2]);
        check.same("unit", &own.unit, &table.unit);
    }
}

pub(super) fn flows(check: &mut Check<'_>) {
    let chart = check.chart;
    let (node, link) = (&chart.traces[0]["node"], &chart.traces[0]["link"]);
    let ends: Vec<String> = texts(&node["label"])
        .into_iter()
        .zip(texts(&node["customdata"]))
        .map(|(name, side)| format!("{name} {side}"))
        .collect();
    let end = |key: &str| -> Vec<&str> {
        known(&link[key]).into_iter().map(|at| ends.get(at as usize).map_or("", String::as_str)).collect()
    };
    let (sources, targets, ways) = (end("source"), end("target"), texts(&link["customdata"]));
    check.rows(ways.len(), usize::MAX);
    for (at, row) in chart.rows.iter().enumerate() {
        check.same("names", sources[at], &format!("{} then", row[0]));
        check.same("names", targets[at], &format!("{} now", row[1]));
        check.same("hover", &ways[at], &format!("{} → {}", row[0], row[1]));
        check.in_unit(&ways[at], numbers(&link["value"])[at], &row[2]);
        let alike = chart.rows.iter().filter(|other| other[0] == row[0]);
        let from: f64 = alike.map(|other| count(&other[2])).sum();
        check.close(&ways[at], Some(100.0 * count(&row[2]) / from), 0.0, &row[3]);
    }
    let is_used = |end: &&String| sources.contains(&end.as_str()) || targets.contains(&end.as_str());
    let unused: Vec<&String> = ends.iter().filter(|end| !is_used(end)).collect();
    check.must("names", unused.is_empty(), || format!("{unused:?} without a flow"));
}
