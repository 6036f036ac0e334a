//! RFM: customers by recency and frequency score, and the value of the named segments.

use plotly::common::{ColorBar, ColorScale, ColorScaleElement, Font, Marker, Orientation};
use plotly::layout::Annotation;
use plotly::{Bar, HeatMap, Trace};

use super::{Chart, Table, axis, brief, briefs, layout, palette, plot};
use crate::figures;
use crate::stats::rfm::{Cell, Heatmap, SegmentSummary};
use crate::web::error::AppError;

/// What the cells of the heatmap show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::web) enum Shown {
    Customers,
    Value,
    Mean,
}

impl Shown {
    pub(in crate::web) const ALL: [(&'static str, &'static str); 3] =
        [("customers", "Customers"), ("value", "Value"), ("mean", "Mean value")];

    pub(in crate::web) fn parse(text: &str) -> Result<Self, AppError> {
        match text {
            "customers" => Ok(Self::Customers),
            "value" => Ok(Self::Value),
            "mean" => Ok(Self::Mean),
            _ => Err(AppError::BadRequest("The cells show customers, value or mean; choose one of them.".to_owned())),
        }
    }

    pub(in crate::web) fn as_str(self) -> &'static str {
        match self {
            Self::Customers => "customers",
            Self::Value => "value",
            Self::Mean => "mean",
        }
    }

    fn of(self, cell: &Cell) -> f64 {
        match self {
            Self::Customers => cell.customers as f64,
            Self::Value => cell.monetary,
            Self::Mean => cell.mean_monetary,
        }
    }

    /// The bar of colours, with the unit of the cells.
    fn bar(self, currency: &str) -> ColorBar {
        let bar = ColorBar::new().thickness(10);
        match self {
            Self::Value | Self::Mean if !currency.is_empty() => bar.title(currency),
            _ => bar,
        }
    }

    fn text(self, cell: &Cell, currency: &str) -> String {
        match self {
            Self::Customers => figures::count(cell.customers),
            _ if cell.customers == 0 => "–".to_owned(),
            _ => figures::with_unit(&figures::short(self.of(cell)), Some(currency)),
        }
    }
}

/// Customers by recency (upward) and frequency (to the right), with the number in each cell.
pub(in crate::web) fn heatmap(heatmap: &Heatmap, shown: Shown, currency: &str) -> Chart {
    let scores: Vec<String> = (1..=5).map(|score| score.to_string()).collect();
    let z: Vec<Vec<Option<f64>>> = heatmap
        .cells
        .iter()
        .map(|row| row.iter().map(|cell| Some(brief(shown.of(cell))).filter(|v| v.is_finite())).collect())
        .collect();
    let texts: Vec<Vec<String>> =
        heatmap.cells.iter().map(|row| row.iter().map(|cell| shown.text(cell, currency)).collect()).collect();
    let scale = ColorScale::Vector(vec![
        ColorScaleElement(0.0, "#eef3f8".to_owned()),
        ColorScaleElement(1.0, "#1f6fb0".to_owned()),
    ]);
    let trace = HeatMap::new(scores.clone(), scores.clone(), z.clone())
        .color_scale(scale)
        .color_bar(shown.bar(currency))
        .hover_template("recency %{y}, frequency %{x}: %{z:,}<extra></extra>");
    let most = z.iter().flatten().flatten().copied().fold(0.0, f64::max);
    let mut labels = Vec::with_capacity(25);
    for (row, cells) in texts.iter().enumerate() {
        for (column, text) in cells.iter().enumerate() {
            // Dark cells need light ink.
            let dark = z[row][column].is_some_and(|value| value > 0.55 * most);
            let ink = if dark { "#ffffff" } else { "#18202a" };
            labels.push(
                Annotation::new()
                    .x(column)
                    .y(row)
                    .text(text)
                    .show_arrow(false)
                    .font(Font::new().color(ink.to_owned()).size(12)),
            );
        }
    }
    let figure = plot(
        vec![trace],
        layout("frequency score (5: most orders)", "recency score (5: latest)")
            .x_axis(axis("frequency score (5: most orders)").type_(plotly::layout::AxisType::Category))
            .y_axis(axis("recency score (5: latest)").type_(plotly::layout::AxisType::Category))
            .annotations(labels),
    );
    let rows = texts
        .into_iter()
        .enumerate()
        .rev()
        .map(|(row, cells)| std::iter::once(format!("recency {}", row + 1)).chain(cells).collect())
        .collect();
    let all: usize = heatmap.cells.iter().flatten().map(|cell| cell.customers).sum();
    let best = heatmap.cells[4][4].customers;
    let summary = format!(
        "{} of {} customers ({}) bought latest and most often.",
        figures::count(best),
        figures::count(all),
        figures::percent(best as f64 / all.max(1) as f64)
    );
    let header = ["", "frequency 1", "frequency 2", "frequency 3", "frequency 4", "frequency 5"];
    Chart::new("rfm-heatmap", "Who bought lately, and who bought often?", summary, &figure, Table::new(&header, rows))
        .height(380)
}

/// Share of customers beside share of value of each segment.
pub(in crate::web) fn segments(segments: &[SegmentSummary], currency: &str) -> Chart {
    let names: Vec<String> = segments.iter().rev().map(|segment| segment.segment.name().to_owned()).collect();
    let percents = |share: fn(&SegmentSummary) -> f64| briefs(segments.iter().rev().map(|s| share(s) * 100.0));
    let bar = |values: Vec<f64>, name: &str, colour: i32| {
        Bar::new(values, names.clone())
            .orientation(Orientation::Horizontal)
            .name(name)
            .marker(Marker::new().color(palette::colour(colour)))
            .hover_template("%{y}: %{x:.1f} %<extra></extra>") as Box<dyn Trace>
    };
    let traces = vec![
        bar(percents(|s| s.monetary_share), "share of value", 0),
        bar(percents(|s| s.share), "share of customers", 4),
    ];
    let best = segments.iter().max_by(|a, b| a.monetary.total_cmp(&b.monetary));
    let summary = best.map_or_else(String::new, |best| {
        format!(
            "{}: {} of the customers bring {} of the value.",
            best.segment.name(),
            figures::percent(best.share),
            figures::percent(best.monetary_share)
        )
    });
    let rows = segments
        .iter()
        .map(|s| {
            vec![
                s.segment.name().to_owned(),
                figures::count(s.customers),
                figures::percent(s.share),
                figures::with_unit(&figures::cents(s.monetary), Some(currency)),
                figures::percent(s.monetary_share),
            ]
        })
        .collect();
    let figure = plot(traces, layout("per cent", "").bar_mode(plotly::layout::BarMode::Group).show_legend(true));
    let header = ["segment", "customers", "share of customers", "value", "share of value"];
    Chart::new("rfm-segments", "Which segments carry the shop?", summary, &figure, Table::new(&header, rows))
        .height(120 + 30 * segments.len() as u32)
}
