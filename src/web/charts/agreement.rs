//! How far several divisions of the same customers agree.

use plotly::HeatMap;
use plotly::common::{ColorBar, ColorScale, ColorScaleElement};

use super::{Chart, Table, layout, names_axis, plot};
use crate::figures;

/// Heatmap of adjusted Rand indices.
pub(in crate::web) fn adjusted_rand(titles: &[String], matrix: &[Vec<f64>]) -> Chart {
    let pairs = || (0..titles.len()).flat_map(|i| (0..i).map(move |j| (i, j)));
    let extreme = |most: bool| {
        let sign = if most { 1.0 } else { -1.0 };
        pairs().max_by(|a, b| (sign * matrix[a.0][a.1]).total_cmp(&(sign * matrix[b.0][b.1])))
    };
    let words = |(i, j): (usize, usize)| {
        format!("{} and {} ({})", titles[j], titles[i], figures::number((matrix[i][j] * 100.0).round() / 100.0))
    };
    let summary = match (extreme(true), extreme(false)) {
        (Some(most), Some(least)) if most != least => {
            format!("Most alike: {}. Least: {}.", words(most), words(least))
        }
        (Some(only), _) => format!("{}.", words(only)),
        _ => "There is nothing to compare.".to_owned(),
    };
    let z: Vec<Vec<f64>> =
        matrix.iter().map(|row| row.iter().map(|value| (value * 1000.0).round() / 1000.0).collect()).collect();
    let scale = ColorScale::Vector(vec![
        ColorScaleElement(0.0, "#f2f2f0".to_owned()),
        ColorScaleElement(1.0, "#1f6fb0".to_owned()),
    ]);
    // Names count upward, and a table is read downward.
    let (upward, z): (Vec<String>, Vec<_>) = titles.iter().cloned().zip(z).rev().unzip();
    let trace = HeatMap::new(titles.to_vec(), upward, z)
        .zmin(0.0)
        .zmax(1.0)
        .color_scale(scale)
        .color_bar(ColorBar::new().thickness(10))
        .hover_template("%{x} and %{y}: %{z}<extra></extra>");
    let mut header = vec![""];
    header.extend(titles.iter().map(String::as_str));
    let rows = titles
        .iter()
        .zip(matrix)
        .map(|(title, row)| {
            std::iter::once(title.clone()).chain(row.iter().map(|value| format!("{value:.2}"))).collect()
        })
        .collect();
    let figure = plot(vec![trace], layout("", "").x_axis(names_axis("")).y_axis(names_axis("")));
    Chart::new("agreement", "Do the algorithms find the same segments?", summary, &figure, Table::new(&header, rows))
        .height(titles.len() as u32 * 26 + 170)
        .wide()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_and_the_farthest_are_named() {
        let titles = ["A", "B", "C"].map(str::to_owned);
        let matrix = [vec![1.0, 0.9, 0.1], vec![0.9, 1.0, 0.2], vec![0.1, 0.2, 1.0]];
        let chart = adjusted_rand(&titles, &matrix);
        assert_eq!(chart.summary, "Most alike: A and B (0.9). Least: A and C (0.1).");
        assert_eq!(adjusted_rand(&titles[..1], &matrix[..1]).summary, "There is nothing to compare.");
    }
}
