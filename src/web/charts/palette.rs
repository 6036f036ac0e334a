//! Colours. A segment keeps its colour on every page; the first eight are those of Okabe and Ito
//! (2008), chosen to be told apart with any colour vision, darkened where white would hide them.

const COLOURS: [&str; 8] = ["#0072b2", "#e08e00", "#009e73", "#c0569b", "#3fa0d9", "#d55e00", "#8a7200", "#6f5fa8"];

/// Grey of undecided customers and of everything that is no segment.
pub(in crate::web) const UNDECIDED: &str = "#7d858f";

/// The colour at a position of the palette; beyond the eighth, hues spread by the golden angle.
#[must_use]
pub(in crate::web) fn colour(position: i32) -> String {
    match usize::try_from(position) {
        Err(_) => UNDECIDED.to_owned(),
        Ok(position) => COLOURS.get(position).map_or_else(
            || format!("hsl({:.0}, 55%, 48%)", (position as f64 * 137.508) % 360.0),
            |colour| (*colour).to_owned(),
        ),
    }
}
