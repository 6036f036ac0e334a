//! Pictures of the report: pure functions from numbers to the elements of an SVG, which the template writes and escapes.
//!
//! Places across are in per cent of the picture's width and places down in pixels, so that a picture fills whatever width there is
//! while its texts keep their size.

use std::fmt;

/// A picture with its words for readers who do not see it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Svg {
    /// Unique on the page.
    pub id: String,
    /// What it shows.
    pub title: String,
    /// What is to be seen, in words.
    pub description: String,
    /// Height in pixels.
    pub height: u32,
    /// What is drawn, the first at the back.
    pub shapes: Vec<Shape>,
}

/// An element of a picture.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Shape {
    /// A rectangle; the title is its tooltip.
    Bar { x: Percent, y: u32, width: Percent, height: u32, colour: String, title: String },
    /// A line of text; `anchor` is `start`, `middle` or `end`.
    Text { x: Percent, y: u32, anchor: &'static str, class: &'static str, text: String },
    /// A straight line.
    Line { from: (Percent, u32), to: (Percent, u32), class: &'static str },
    /// A curve in a box, its points in thousandths of the box.
    Curve {
        x: Percent,
        y: u32,
        width: Percent,
        height: u32,
        points: String,
        colour: String,
        dash: &'static str,
        title: String,
    },
}

/// A place or length in per cent of the width.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Percent(pub f64);

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Rounded before it is written, so that nothing is "-0".
        write!(f, "{}%", (self.0 * 100.0).round() / 100.0 + 0.0)
    }
}

/// Something with a name, a colour, a value and the value in words.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Item {
    pub name: String,
    pub colour: String,
    pub value: f64,
    pub text: String,
}

/// A row of [`stacked`]: what it is about and its parts, whose values are shares of 1.
pub(super) struct Row {
    pub label: String,
    pub parts: Vec<Item>,
}

/// Shares under this are drawn without their number, which would not fit.
const LEAST_LABELLED: f64 = 0.08;

/// Dashes that tell curves apart beside their colours.
pub(super) const DASHES: [&str; 4] = ["", "7 3", "2 3", "9 3 2 3"];

/// A bar a row, divided into shares. Parts below 0 or undefined are left out.
pub(super) fn stacked(id: &str, title: &str, rows: &[Row]) -> Svg {
    const ROW: u32 = 72;
    let mut shapes = Vec::new();
    let mut said = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        let top = at as u32 * ROW;
        shapes.push(text(0.0, top + 14, "start", "strong", &row.label));
        let mut from = 0.0;
        for part in row.parts.iter().filter(|part| part.value > 0.0) {
            shapes.push(Shape::Bar {
                x: Percent(from * 100.0),
                y: top + 22,
                width: Percent(part.value * 100.0),
                height: 24,
                colour: part.colour.clone(),
                title: format!("{}: {}", part.name, part.text),
            });
            if part.value >= LEAST_LABELLED {
                let middle = (from + part.value / 2.0) * 100.0;
                shapes.push(text(middle, top + 60, "middle", "small", &part.text));
            }
            from += part.value;
        }
        said.push(format!("{}: {}.", row.label, words(&row.parts)));
    }
    Svg {
        id: id.to_owned(),
        title: title.to_owned(),
        description: said.join(" "),
        height: ROW * rows.len() as u32 - 6,
        shapes,
    }
}

/// Bars to the left and to the right of a middle line, a row an item; `most` is the value that fills a side, and what is beyond ends
/// there. Undefined values have no bar.
pub(super) fn diverging(id: &str, title: &str, items: &[Item], most: f64) -> Svg {
    const ROW: u32 = 20;
    const MIDDLE: f64 = 66.0;
    const SIDE: f64 = 19.0;
    let mut shapes = vec![Shape::Line {
        from: (Percent(MIDDLE), 0),
        to: (Percent(MIDDLE), items.len() as u32 * ROW),
        class: "zero",
    }];
    for (at, item) in items.iter().enumerate() {
        let top = at as u32 * ROW;
        shapes.push(text(0.0, top + 14, "start", "small", &shortened(&item.name, 20)));
        if item.value.is_finite() && most > 0.0 {
            let length = (item.value.abs() / most).min(1.0) * SIDE;
            shapes.push(Shape::Bar {
                x: Percent(if item.value < 0.0 { MIDDLE - length } else { MIDDLE }),
                y: top + 4,
                width: Percent(length),
                height: ROW - 8,
                colour: item.colour.clone(),
                title: format!("{}: {}", item.name, item.text),
            });
        }
        shapes.push(text(100.0, top + 14, "end", "small", &item.text));
    }
    Svg {
        id: id.to_owned(),
        title: title.to_owned(),
        description: format!("{}.", words(items)),
        height: (items.len() as u32 * ROW).max(1),
        shapes,
    }
}

/// Bars from the left, a row an item with its name above; `low` to `high` is the range that all panels of a picture share. It always
/// holds 0.
pub(super) fn bars(id: &str, title: &str, items: &[Item], (low, high): (f64, f64)) -> Svg {
    const ROW: u32 = 32;
    let (low, high) = (low.min(0.0), high.max(0.0));
    let range = if high > low { high - low } else { 1.0 };
    let place = |value: f64| (value - low) / range * 100.0;
    let mut shapes = Vec::new();
    for (at, item) in items.iter().enumerate() {
        let top = at as u32 * ROW;
        shapes.push(text(0.0, top + 12, "start", "small", &shortened(&item.name, 26)));
        shapes.push(text(100.0, top + 12, "end", "small", &item.text));
        if item.value.is_finite() {
            shapes.push(Shape::Bar {
                x: Percent(place(item.value.min(0.0))),
                y: top + 17,
                width: Percent(item.value.abs() / range * 100.0),
                height: 8,
                colour: item.colour.clone(),
                title: format!("{}: {}", item.name, item.text),
            });
        }
    }
    let bottom = items.len() as u32 * ROW;
    shapes.push(Shape::Line { from: (Percent(place(0.0)), 14), to: (Percent(place(0.0)), bottom), class: "zero" });
    Svg {
        id: id.to_owned(),
        title: title.to_owned(),
        description: format!("{}.", words(items)),
        height: bottom.max(16),
        shapes,
    }
}

/// A line of [`lines`].
pub(super) struct Series {
    pub name: String,
    pub colour: String,
    pub values: Vec<f64>,
}

/// Curves over the same steps. `written` puts a value into words; `steps` are the names of the steps. Values that are not finite are
/// skipped.
pub(super) fn lines(
    id: &str,
    title: &str,
    series: &[Series],
    steps: &[String],
    written: impl Fn(f64) -> String,
) -> Svg {
    const HEIGHT: u32 = 220;
    let finite = || series.iter().flat_map(|line| line.values.iter().copied()).filter(|value| value.is_finite());
    let (low, high) = (-even(-finite().fold(0.0, f64::min)), even(finite().fold(0.0, f64::max)));
    let range = if high > low { high - low } else { 1.0 };
    let down = |value: f64| ((high - value) / range * 1000.0).round();
    let across = |step: usize| (step as f64 / (steps.len().max(2) - 1) as f64 * 1000.0).round();
    let (mut shapes, mut labels) = (Vec::new(), Vec::new());
    let levels = if low < 0.0 { [high, 0.0, low] } else { [high, high / 2.0, 0.0] };
    for level in levels {
        let y = 16 + (down(level) / 1000.0 * f64::from(HEIGHT)) as u32;
        shapes.push(Shape::Line { from: (Percent(0.0), y), to: (Percent(100.0), y), class: "grid" });
        // Written last, so that no curve crosses them.
        labels.push(text(0.0, y - 4, "start", "level", &written(level)));
    }
    for (at, line) in series.iter().enumerate() {
        let known = line.values.iter().enumerate().filter(|(_, value)| value.is_finite());
        let points: Vec<String> = known.map(|(step, value)| format!("{},{}", across(step), down(*value))).collect();
        shapes.push(Shape::Curve {
            x: Percent(0.0),
            y: 16,
            width: Percent(100.0),
            height: HEIGHT,
            points: points.join(" "),
            colour: line.colour.clone(),
            dash: DASHES[at % DASHES.len()],
            title: line.name.clone(),
        });
    }
    shapes.append(&mut labels);
    for (step, anchor) in [(0, "start"), (steps.len() / 2, "middle"), (steps.len().saturating_sub(1), "end")] {
        if let Some(name) = steps.get(step).filter(|_| anchor == "start" || step > 0) {
            shapes.push(text(across(step) / 10.0, HEIGHT + 32, anchor, "small", name));
        }
    }
    let highest = |line: &Series| {
        let known = line.values.iter().copied().enumerate().filter(|(_, value)| value.is_finite());
        let (step, value) = known.max_by(|a, b| a.1.total_cmp(&b.1))?;
        Some(format!("{}: highest in {} with {}", line.name, steps.get(step)?, written(value)))
    };
    let said: Vec<String> = series.iter().filter_map(highest).collect();
    Svg {
        id: id.to_owned(),
        title: title.to_owned(),
        description: format!("{}.", said.join("; ")),
        height: HEIGHT + 40,
        shapes,
    }
}

/// The next even number to end an axis at, one that reads well in full and in half; 0 for 0 and less.
fn even(value: f64) -> f64 {
    if value.is_nan() || value <= 0.0 {
        return 0.0;
    }
    let unit = 10_f64.powf(value.log10().floor());
    let steps = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0];
    unit * steps.into_iter().find(|step| step * unit >= value * (1.0 - 1e-9)).unwrap_or(10.0)
}

fn text(x: f64, y: u32, anchor: &'static str, class: &'static str, text: &str) -> Shape {
    Shape::Text { x: Percent(x), y, anchor, class, text: text.to_owned() }
}

fn words(items: &[Item]) -> String {
    items.iter().map(|item| format!("{} {}", item.name, item.text)).collect::<Vec<_>>().join(", ")
}

/// A text that fits; what is cut off is in the picture's words.
fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most - 1).collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(values: &[f64]) -> Vec<Item> {
        let item = |(at, value): (usize, &f64)| Item {
            name: format!("s{at}"),
            colour: "#123456".to_owned(),
            value: *value,
            text: format!("{value}"),
        };
        values.iter().enumerate().map(item).collect()
    }

    fn drawn(svg: &Svg) -> Vec<(f64, f64)> {
        let bar = |shape: &Shape| match shape {
            Shape::Bar { x, width, .. } => Some((x.0, width.0)),
            _ => None,
        };
        svg.shapes.iter().filter_map(bar).collect()
    }

    #[test]
    fn stacked_parts_fill_the_row_one_behind_the_other() {
        let row = Row { label: "Customers".to_owned(), parts: items(&[0.5, 0.45, 0.05]) };
        let svg = stacked("a", "Shares", &[row]);
        let found = drawn(&svg);
        assert_eq!(found.iter().map(|(_, width)| width).sum::<f64>(), 100.0);
        assert_eq!(found[1], (50.0, 45.0));
        assert_eq!(svg.description, "Customers: s0 0.5, s1 0.45, s2 0.05.");
        let labels = svg.shapes.iter().filter(|shape| matches!(shape, Shape::Text { class: "small", .. })).count();
        assert_eq!(labels, 2, "a part too narrow for its number has none");
    }

    #[test]
    fn stacked_leaves_out_what_has_no_share() {
        let row = Row { label: "Value".to_owned(), parts: items(&[f64::NAN, -0.2, 0.0, 1.0]) };
        assert_eq!(drawn(&stacked("a", "Shares", &[row])), [(0.0, 100.0)]);
    }

    #[test]
    fn diverging_bars_start_in_the_middle_and_end_at_the_side() {
        let svg = diverging("a", "Means", &items(&[1.0, -1.0, 9.0, f64::NAN, 0.0]), 2.0);
        assert_eq!(drawn(&svg), [(66.0, 9.5), (56.5, 9.5), (66.0, 19.0), (66.0, 0.0)]);
        assert!(drawn(&diverging("a", "Means", &items(&[1.0]), 0.0)).is_empty(), "nothing to measure by");
        assert_eq!(diverging("a", "Means", &[], 1.0).height, 1);
    }

    #[test]
    fn bars_share_a_range_that_holds_zero() {
        assert_eq!(drawn(&bars("a", "Means", &items(&[5.0, 10.0]), (5.0, 10.0))), [(0.0, 50.0), (0.0, 100.0)]);
        assert_eq!(drawn(&bars("a", "Means", &items(&[-5.0, 15.0]), (-5.0, 15.0))), [(0.0, 25.0), (25.0, 75.0)]);
        assert_eq!(drawn(&bars("a", "Means", &items(&[0.0, f64::NAN]), (0.0, 0.0))), [(0.0, 0.0)]);
    }

    #[test]
    fn curves_span_their_box_and_skip_gaps() {
        let series =
            |values: &[f64]| Series { name: "one".to_owned(), colour: "#000".to_owned(), values: values.to_vec() };
        let steps: Vec<String> = ["jan", "feb", "mar"].map(str::to_owned).to_vec();
        let svg = lines("a", "Months", &[series(&[0.0, 10.0, 5.0])], &steps, |value| format!("{value}"));
        let points = |svg: &Svg| {
            svg.shapes.iter().find_map(|shape| match shape {
                Shape::Curve { points, .. } => Some(points.clone()),
                _ => None,
            })
        };
        assert_eq!(points(&svg).unwrap(), "0,1000 500,0 1000,500");
        assert_eq!(svg.description, "one: highest in feb with 10.");
        let gap = lines("a", "Months", &[series(&[f64::NAN, 10.0, -10.0])], &steps, |value| format!("{value}"));
        assert_eq!(points(&gap).unwrap(), "500,0 1000,1000");
        let single = lines("a", "Months", &[series(&[3.0])], &steps[..1], |value| format!("{value}"));
        assert_eq!(points(&single).unwrap(), "0,0");
        let none = lines("a", "Months", &[], &[], |value| format!("{value}"));
        assert!(points(&none).is_none());
    }

    #[test]
    fn axes_end_at_even_numbers() {
        for (value, end) in [(189.0, 200.0), (72_700.0, 80_000.0), (5.0, 5.0), (0.031, 0.04), (0.0, 0.0), (-3.0, 0.0)] {
            assert!((even(value) - end).abs() < 1e-9, "{value}: {}", even(value));
        }
    }

    #[test]
    fn numbers_and_names_are_short() {
        assert_eq!(Percent(100.0 / 3.0).to_string(), "33.33%");
        assert_eq!(Percent(-0.001).to_string(), "0%");
        assert_eq!(shortened("Straße", 6), "Straße");
        assert_eq!(shortened("a very long name indeed", 8), "a very…");
    }
}
