//! RFM scores of the customers, by the cut points of all of them.

use super::View;
use crate::dataset::Customers;
use crate::dataset::export::{ExtraColumn, ExtraValues};
use crate::query::error::QueryError;
use crate::stats::rfm::{Heatmap, RECENCY_BANDS, RfmError, RfmSegment, Score, Scores, SegmentSummary, score};

/// Columns that hold recency, frequency and monetary value.
pub const COLUMNS: [&str; 3] = ["recency_days", "frequency", "monetary"];

/// The scores of the chosen customers.
#[derive(Debug, Clone)]
pub struct Rfm {
    /// A score for each of all customers, also of those that are not chosen.
    pub scores: Scores,
    /// Chosen customers by recency and frequency score.
    pub heatmap: Heatmap,
    /// Chosen customers by segment, those without customers left out.
    pub segments: Vec<SegmentSummary>,
}

/// Reads the bands of recency from an address: four rising numbers of days. `None` asks for quintiles.
///
/// # Errors
/// [`QueryError::UnknownChoice`] for anything else.
pub fn bands(text: Option<&str>) -> Result<Option<Vec<f64>>, QueryError> {
    let Some(text) = text.filter(|text| *text != "quintiles") else { return Ok(None) };
    let bands: Option<Vec<f64>> = text.split(',').map(|part| part.trim().parse().ok()).collect();
    let is_rising = |bands: &Vec<f64>| {
        bands.len() == 4
            && bands.iter().all(|band: &f64| band.is_finite() && *band >= 0.0)
            && bands.windows(2).all(|pair| pair[0] < pair[1])
    };
    bands.filter(is_rising).map(Some).ok_or_else(|| QueryError::UnknownChoice {
        what: "rule for recency",
        text: text.to_owned(),
        known: format!("quintiles, or four rising numbers of days such as {}", text_of(&RECENCY_BANDS)),
    })
}

/// Bands as they stand in an address.
#[must_use]
pub fn text_of(bands: &[f64]) -> String {
    bands.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

fn columns(customers: &Customers) -> Option<[&[f64]; 3]> {
    let [recency, frequency, monetary] = COLUMNS.map(|name| customers.numbers(name));
    Some([recency?, frequency?, monetary?])
}

/// Scores all customers and sums up the chosen ones; `None` when the data set lacks one of the three columns.
///
/// # Errors
/// [`RfmError`] when no customer can be scored.
pub fn rfm(view: &View<'_>, bands: Option<&[f64]>) -> Result<Option<Rfm>, RfmError> {
    let Some([recency, frequency, monetary]) = columns(view.customers) else { return Ok(None) };
    let scores = score(recency, frequency, monetary, bands)?;
    let mut chosen = Scores { customers: vec![None; scores.customers.len()], ..scores.clone() };
    for row in &view.rows {
        chosen.customers[*row as usize] = scores.customers[*row as usize];
    }
    let mut segments = chosen.by_segment(recency, frequency, monetary);
    segments.retain(|segment| segment.customers > 0);
    Ok(Some(Rfm { heatmap: chosen.heatmap(monetary), segments, scores }))
}

/// Scores and the segment they make as columns beside the customers.
#[must_use]
pub fn columns_of(scores: &Scores) -> Vec<ExtraColumn> {
    let points = |name: &str, points: fn(Score) -> u8| ExtraColumn {
        name: name.to_owned(),
        values: ExtraValues::Numbers(
            scores.customers.iter().map(|score| score.map_or(f64::NAN, |score| f64::from(points(score)))).collect(),
        ),
    };
    let texts = |name: &str, text: fn(RfmSegment) -> &'static str| ExtraColumn {
        name: name.to_owned(),
        values: ExtraValues::Texts(
            scores.customers.iter().map(|score| score.map_or("", |score| text(score.segment())).to_owned()).collect(),
        ),
    };
    vec![
        points("r_score", |score| score.r_score),
        points("f_score", |score| score.f_score),
        points("m_score", |score| score.m_score),
        texts("rfm_segment", RfmSegment::name),
        texts("action", RfmSegment::action),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_are_four_rising_numbers() {
        assert_eq!(bands(None), Ok(None));
        assert_eq!(bands(Some("quintiles")), Ok(None));
        assert_eq!(bands(Some("30, 90,180,365")), Ok(Some(RECENCY_BANDS.to_vec())));
        assert_eq!(bands(Some(&text_of(&RECENCY_BANDS))), Ok(Some(RECENCY_BANDS.to_vec())));
        for text in ["30", "30,90,180", "30,20,180,365", "-1,2,3,4", "a,b,c,d", "1,2,3,inf", "1,2,3,4,5"] {
            assert!(bands(Some(text)).unwrap_err().to_string().contains("four rising numbers of days"), "{text}");
        }
    }
}
