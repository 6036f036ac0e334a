//! Sales over time, by weekday, by dimension, on a map, by segment.

use plotly::common::{ColorBar, Line, Marker, MarkerSymbol, Mode};
use plotly::layout::Axis;
use plotly::{Bar, Scatter, Trace};

use super::{Chart, PER_CENT, Table, axis, brief, briefs, layout, names_axis, palette, plot};
use crate::dataset::facts::Uses;
use crate::dataset::{Dataset, dates};
use crate::figures;
use crate::query::sales::{Grain, Measure, Totals};
use crate::web::charts::style::SegmentStyle;

/// Bars of a dimension that are drawn; the rest are in the table and in words.
const BARS: usize = 15;

/// How a measure is written: money with its currency.
#[derive(Debug, Clone, Copy)]
pub(in crate::web) struct Written<'a> {
    pub measure: Measure,
    pub currency: &'a str,
    /// What is handed out and used, where facts say so.
    pub uses: Option<&'a Uses>,
}

impl<'a> Written<'a> {
    pub(in crate::web) fn new(measure: Measure, dataset: &'a Dataset) -> Self {
        let uses = dataset.facts.as_ref().and_then(|facts| facts.uses.as_ref());
        Self { measure, currency: &dataset.manifest.currency, uses }
    }

    /// The measure's name.
    pub(in crate::web) fn label(self) -> String {
        self.measure.title(self.uses)
    }

    /// A value for people.
    pub(in crate::web) fn text(self, value: f64) -> String {
        if !value.is_finite() {
            return "–".to_owned();
        }
        if self.measure == Measure::UseRate {
            return figures::percent(value);
        }
        let number = if self.measure.adds_up() { figures::short(value) } else { figures::number(value) };
        figures::with_unit(&number, self.measure.is_money().then_some(self.currency))
    }

    /// The value to the cent, for tables.
    pub(in crate::web) fn exact(self, value: f64) -> String {
        if !value.is_finite() {
            return "–".to_owned();
        }
        if self.measure == Measure::UseRate {
            return figures::percent(value);
        }
        let number = if self.measure.is_money() { figures::cents(value) } else { figures::number(value) };
        figures::with_unit(&number, self.measure.is_money().then_some(self.currency))
    }

    /// An axis of the measure.
    pub(super) fn axis(self) -> Axis {
        self.formatted(axis(&self.axis_title()))
    }

    /// A bar of colours for the measure.
    pub(super) fn bar(self) -> ColorBar {
        let bar = ColorBar::new().thickness(10);
        if self.measure == Measure::UseRate { bar.tick_format(PER_CENT) } else { bar }
    }

    fn formatted(self, axis: Axis) -> Axis {
        if self.measure == Measure::UseRate { axis.tick_format(PER_CENT) } else { axis }
    }

    /// How a number is written in a hover.
    fn hover(self, letter: &str) -> String {
        let format = if self.measure == Measure::UseRate { PER_CENT } else { "," };
        format!("%{{{letter}:{format}}}")
    }

    fn axis_title(self) -> String {
        let label = self.label();
        if self.measure.is_money() && !self.currency.is_empty() {
            format!("{label} ({})", self.currency)
        } else {
            label
        }
    }
}

fn day_text(day: i32) -> String {
    dates::format_iso(f64::from(day))
}

/// A line through time; gaps where a value is not known.
fn line(days: &[i32], values: &[f64], name: &str, colour: String, width: f64) -> Box<Scatter<String, Option<f64>>> {
    let x = days.iter().map(|day| day_text(*day)).collect();
    let y = values.iter().map(|value| Some(brief(*value)).filter(|value| value.is_finite())).collect();
    Scatter::new(x, y).mode(Mode::Lines).name(name).line(Line::new().color(colour).width(width)).connect_gaps(false)
}

/// A measure over time, by day with the mean of seven days and unusual days marked.
pub(in crate::web) fn over_time(
    series: &[(i32, Totals)],
    grain: Grain,
    smooth: &[f64],
    unusual: &[usize],
    written: Written<'_>,
) -> Chart {
    let days: Vec<i32> = series.iter().map(|(day, _)| *day).collect();
    let values: Vec<f64> = series.iter().map(|(_, totals)| written.measure.of(totals)).collect();
    let daily = grain == Grain::Day;
    let mut traces: Vec<Box<dyn Trace>> = Vec::new();
    if daily {
        traces.push(line(&days, &values, "each day", palette::colour(4), 1.0));
        traces.push(line(&days, smooth, "mean of 7 days", palette::colour(0), 2.5));
        let x: Vec<String> = unusual.iter().map(|at| day_text(days[*at])).collect();
        if !x.is_empty() {
            traces.push(
                Scatter::new(x, briefs(unusual.iter().map(|at| values[*at])))
                    .mode(Mode::Markers)
                    .name("unusual day")
                    .marker(Marker::new().symbol(MarkerSymbol::CircleOpen).size(9).color(palette::colour(5))),
            );
        }
    } else {
        let x: Vec<String> = days.iter().map(|day| day_text(*day)).collect();
        traces.push(
            Bar::new(x, briefs(values.iter().copied()))
                .name(written.label())
                .marker(Marker::new().color(palette::colour(0))),
        );
    }
    let best = (0..values.len()).filter(|at| values[*at].is_finite()).max_by(|a, b| values[*a].total_cmp(&values[*b]));
    let step = match grain {
        Grain::Day => "day",
        Grain::Week => "week from",
        Grain::Month => "month from",
    };
    let mut summary = best.map_or_else(
        || "Nothing was sold.".to_owned(),
        |at| format!("Highest: {}, the {step} {}.", written.text(values[at]), day_text(days[at])),
    );
    if daily && !unusual.is_empty() {
        summary.push_str(&format!(" {} days are unusual for their weekday and time.", unusual.len()));
    }
    let rows = days.iter().zip(&values).rev().map(|(day, value)| vec![day_text(*day), written.exact(*value)]).collect();
    let figure = plot(traces, layout("", "").y_axis(written.axis()).show_legend(daily));
    let question = format!("How do {} develop?", written.label().to_lowercase());
    Chart::new("over-time", question, summary, &figure, Table::new(&["from", &written.label()], rows))
        .height(340)
        .wide()
}

const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// A measure by weekday.
pub(in crate::web) fn weekdays(totals: &[Totals], written: Written<'_>) -> Chart {
    let names: Vec<String> = WEEKDAYS.iter().map(|name| (*name).to_owned()).collect();
    let values: Vec<f64> = totals.iter().map(|totals| written.measure.of(totals)).collect();
    bars("weekday", "Which days of the week are busy?", &names, &values, "weekday", written)
}

/// A measure by level of a dimension, highest first; the last of `totals` is of rows without one.
pub(in crate::web) fn levels(
    id: &str,
    label: &str,
    names: &[String],
    totals: &[Totals],
    written: Written<'_>,
) -> Chart {
    let mut ranked: Vec<(String, f64)> = names
        .iter()
        .cloned()
        .chain([format!("unknown {}", label.to_lowercase())])
        .zip(totals)
        .filter(|(_, totals)| totals.lines > 0)
        .map(|(name, totals)| (name, written.measure.of(totals)))
        .collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
    let (names, values): (Vec<String>, Vec<f64>) = ranked.into_iter().unzip();
    let question = format!("Which {} has most {}?", label.to_lowercase(), written.label().to_lowercase());
    bars(id, &question, &names, &values, &label.to_lowercase(), written)
}

/// Bars from left to right when few and short, else from top to bottom.
fn bars(id: &str, question: &str, names: &[String], values: &[f64], what: &str, written: Written<'_>) -> Chart {
    let finite = || values.iter().copied().filter(|value| value.is_finite());
    let total: f64 = finite().sum();
    let best = (0..values.len()).filter(|at| values[*at].is_finite()).max_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut summary = best.map_or_else(
        || "Nothing was sold.".to_owned(),
        |at| {
            let share = figures::percent(values[at] / total);
            let share = if written.measure.adds_up() && total > 0.0 { format!(", {share}") } else { String::new() };
            format!("{}: {}{share}.", names[at], written.text(values[at]))
        },
    );
    if names.len() > BARS {
        summary.push_str(&format!(" The first {BARS} of {} are drawn.", figures::count(names.len())));
    }
    let rows = names
        .iter()
        .zip(values)
        .map(|(name, value)| {
            let mut row = vec![name.clone(), written.exact(*value)];
            if written.measure.adds_up() {
                row.push(figures::percent(value / total));
            }
            row
        })
        .collect();
    let lying = what != "weekday";
    let drawn = names.len().min(BARS);
    let marker = Marker::new().color(palette::colour(0));
    let (figure, height) = if lying {
        let short: Vec<String> = names[..drawn].iter().rev().map(|name| shortened(name)).collect();
        let trace = Bar::new(briefs(values[..drawn].iter().rev().copied()), short)
            .orientation(plotly::common::Orientation::Horizontal)
            .marker(marker)
            .hover_template(format!("%{{y}}: {}<extra></extra>", written.hover("x")));
        let y = names_axis("");
        (plot(vec![trace], layout("", "").x_axis(written.axis()).y_axis(y)), 360)
    } else {
        let trace = Bar::new(names.to_vec(), briefs(values.iter().copied()))
            .marker(marker)
            .hover_template(format!("%{{x}}: {}<extra></extra>", written.hover("y")));
        (plot(vec![trace], layout("", "").y_axis(written.axis())), 360)
    };
    let label = written.label();
    let mut header = vec![what, label.as_str()];
    if written.measure.adds_up() {
        header.push("share");
    }
    Chart::new(id, question, summary, &figure, Table::new(&header, rows)).height(height)
}

/// A long name with its end cut off, so that bars keep their room.
pub(super) fn shortened(name: &str) -> String {
    const LONGEST: usize = 28;
    if name.chars().count() <= LONGEST {
        return name.to_owned();
    }
    name.chars().take(LONGEST - 1).chain(['…']).collect()
}

/// A measure over time for each segment or level: one line each.
pub(in crate::web) fn lines_over_time(
    id: &str,
    question: &str,
    days: &[i32],
    lines: &[(String, String, Vec<f64>)],
    written: Written<'_>,
) -> Chart {
    let traces: Vec<Box<dyn Trace>> = lines
        .iter()
        .map(|(name, colour, values)| line(days, values, name, colour.clone(), 2.0) as Box<dyn Trace>)
        .collect();
    let sum = |values: &[f64]| values.iter().filter(|value| value.is_finite()).sum::<f64>();
    let total: f64 = lines.iter().map(|(.., values)| sum(values)).sum();
    let highest = |values: &[f64]| {
        (0..values.len()).filter(|at| values[*at].is_finite()).max_by(|a, b| values[*a].total_cmp(&values[*b]))
    };
    let summary = if let [(_, _, values)] = lines {
        highest(values).map_or_else(String::new, |at| {
            format!("Highest: {}, from {}.", written.text(values[at]), day_text(days[at]))
        })
    } else {
        lines.iter().max_by(|a, b| sum(&a.2).total_cmp(&sum(&b.2))).map_or_else(String::new, |(name, _, values)| {
            if written.measure.adds_up() && total > 0.0 {
                format!("{name} brings most: {}, {}.", written.text(sum(values)), figures::percent(sum(values) / total))
            } else {
                format!("{name} is highest.")
            }
        })
    };
    let mut header = vec!["from"];
    header.extend(lines.iter().map(|(name, ..)| name.as_str()));
    let rows = days
        .iter()
        .enumerate()
        .rev()
        .map(|(at, day)| {
            let cells = lines.iter().map(|(.., values)| written.exact(values[at]));
            std::iter::once(day_text(*day)).chain(cells).collect()
        })
        .collect();
    let figure = plot(traces, layout("", "").y_axis(written.axis()).show_legend(lines.len() > 1));
    Chart::new(id, question, summary, &figure, Table::new(&header, rows)).height(340).wide()
}

/// One level of a dimension over time, small, on a scale shared with its neighbours.
pub(in crate::web) fn facet(
    id: &str,
    name: &str,
    days: &[i32],
    values: &[f64],
    top: f64,
    written: Written<'_>,
) -> Chart {
    let traces: Vec<Box<dyn Trace>> = vec![line(days, values, name, palette::colour(0), 2.0)];
    let y = written.formatted(axis("")).range(vec![0.0, brief(top * 1.05)]);
    let rows = days.iter().zip(values).rev().map(|(day, value)| vec![day_text(*day), written.exact(*value)]).collect();
    let total: f64 = values.iter().filter(|value| value.is_finite()).sum();
    let highest = values.iter().copied().filter(|value| value.is_finite()).max_by(f64::total_cmp);
    let summary = match highest {
        _ if written.measure.adds_up() => format!("{} in all.", written.text(total)),
        Some(highest) => format!("{} at most.", written.text(highest)),
        None => String::new(),
    };
    let figure = plot(traces, layout("", "").y_axis(y).show_legend(false));
    Chart::new(id, shortened(name), summary, &figure, Table::new(&["from", &written.label()], rows)).height(160)
}

/// A place: latitude, longitude and value.
pub(in crate::web) type Place = (f64, f64, f64);

/// Places as circles on a grid of degrees, larger for more; no coast lines, because those would come from elsewhere.
pub(in crate::web) fn map(places: &[Place], all: usize, written: Written<'_>) -> Chart {
    let most = places.iter().map(|place| place.2).fold(0.0, f64::max);
    let sizes: Vec<usize> = places
        .iter()
        .map(|place| if most > 0.0 { (4.0 + 22.0 * (place.2.max(0.0) / most).sqrt()) as usize } else { 4 })
        .collect();
    let texts: Vec<String> = places.iter().map(|place| written.text(place.2)).collect();
    let trace = Scatter::new(briefs(places.iter().map(|p| p.1)), briefs(places.iter().map(|p| p.0)))
        .mode(Mode::Markers)
        .text_array(texts)
        .hover_template("%{text} at %{y}°, %{x}°<extra></extra>")
        .marker(Marker::new().size_array(sizes).color(palette::colour(0)).opacity(0.45));
    let middle = places.iter().map(|place| place.0).sum::<f64>() / places.len().max(1) as f64;
    // A degree of longitude is shorter than one of latitude, the more so the farther north.
    let ratio = 1.0 / middle.to_radians().cos().max(0.2);
    let y = axis("latitude (°)").scale_anchor("x").scale_ratio(brief(ratio));
    let figure = plot(vec![trace], layout("longitude (°)", "").y_axis(y));
    let rows = places
        .iter()
        .map(|place| vec![format!("{:.2}", place.0), format!("{:.2}", place.1), written.exact(place.2)])
        .collect();
    let mut summary =
        format!("{} places; a larger circle is more {}.", figures::count(all), written.label().to_lowercase());
    if places.len() < all {
        summary.push_str(&format!(" The first {} are drawn.", figures::count(places.len())));
    }
    Chart::new(
        "map",
        "Where do customers live?",
        summary,
        &figure,
        Table::new(&["latitude", "longitude", &written.label()], rows),
    )
    .height(460)
    .wide()
}

/// Lines of segments over time in the segments' colours.
pub(in crate::web) fn by_segment(
    days: &[i32],
    segments: &[(i32, Vec<f64>)],
    style: &SegmentStyle,
    written: Written<'_>,
) -> Chart {
    let lines: Vec<(String, String, Vec<f64>)> = segments
        .iter()
        .map(|(cluster, values)| (style.name(*cluster), style.colour(*cluster), values.clone()))
        .collect();
    let question = format!("How do the {} of each segment develop?", written.label().to_lowercase());
    lines_over_time("by-segment", &question, days, &lines, written)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MONEY: Written<'static> = Written { measure: Measure::Sales, currency: "$", uses: None };

    #[test]
    fn the_largest_level_is_named_with_its_share_and_missing_ones_have_a_name() {
        let totals = [10.0, 60.0, 30.0].map(|sales| Totals { sales, lines: 1, ..Totals::default() });
        let chart = levels("x", "Region", &["East".to_owned(), "West".to_owned()], &totals, MONEY);
        assert_eq!(chart.summary, "West: $60, 60\u{a0}%.");
        assert_eq!(chart.table.rows[1], ["unknown region", "$30.00", "30\u{a0}%"]);
    }

    #[test]
    fn long_names_are_cut() {
        assert_eq!(shortened(&"é".repeat(40)).chars().count(), 28);
        assert_eq!(shortened("short"), "short");
    }
}
