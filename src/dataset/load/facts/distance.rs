//! How far two places of a row are apart.

use std::path::Path;

use polars::prelude::*;

use crate::dataset::error::DatasetError;
use crate::dataset::manifest::Distance;

/// Mean radius of the earth in kilometres (IUGG 1980, `(2 a + b) / 3` of GRS 80).
const EARTH_KILOMETRES: f64 = 6371.009;

/// Kilometres between two points in degrees along a great circle, by the haversine formula (Sinnott 1984). The earth taken for
/// a sphere makes errors of up to 0.5 %. NaN when a coordinate is missing or off the earth.
#[must_use]
pub(crate) fn kilometres(from: (f64, f64), to: (f64, f64)) -> f64 {
    let is_on_earth = |(latitude, longitude): (f64, f64)| latitude.abs() <= 90.0 && longitude.abs() <= 180.0;
    if !is_on_earth(from) || !is_on_earth(to) {
        return f64::NAN;
    }
    let half = |a: f64, b: f64| ((b - a).to_radians() / 2.0).sin().powi(2);
    let across = from.0.to_radians().cos() * to.0.to_radians().cos() * half(from.1, to.1);
    2.0 * EARTH_KILOMETRES * (half(from.0, to.0) + across).min(1.0).sqrt().asin()
}

/// The distance of each row as a column; missing where a place is not known.
///
/// # Errors
/// [`DatasetError::Data`] when a column of coordinates is not there or holds no numbers.
pub(crate) fn column(file: &Path, distance: &Distance, frame: &DataFrame) -> Result<Column, DatasetError> {
    let numbers = |name: &String| {
        frame.column(name).and_then(|column| column.f64().cloned()).map_err(|_| {
            DatasetError::column(
                file,
                name,
                format!("is needed for the distance \"{}\" and is no column of numbers", distance.name),
            )
        })
    };
    let [from, to] = [&distance.from, &distance.to];
    let parts = [numbers(&from[0])?, numbers(&from[1])?, numbers(&to[0])?, numbers(&to[1])?];
    let at = |part: usize, row: usize| parts[part].get(row).unwrap_or(f64::NAN);
    let values: Float64Chunked = (0..frame.height())
        .map(|row| {
            let far = kilometres((at(0, row), at(1, row)), (at(2, row), at(3, row)));
            Some(far).filter(|far| far.is_finite())
        })
        .collect();
    Ok(values.with_name(distance.name.as_str().into()).into_column())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_distances() {
        // Paris to London: 343.56 km by geopy.distance.great_circle 2.5.0, whose radius is the same.
        let (paris, london) = ((48.8566, 2.3522), (51.5074, -0.1278));
        assert!((kilometres(paris, london) - 343.556).abs() < 0.01, "{}", kilometres(paris, london));
        assert_eq!(kilometres(paris, paris), 0.0);
        let half_way_round = std::f64::consts::PI * EARTH_KILOMETRES;
        assert!((kilometres((0.0, 0.0), (0.0, 180.0)) - half_way_round).abs() < 1e-6);
        assert!((kilometres((90.0, 0.0), (-90.0, 77.0)) - half_way_round).abs() < 1e-6);
        assert!((kilometres((0.0, 179.5), (0.0, -179.5)) - half_way_round / 180.0).abs() < 1e-6, "over the date line");
        assert!(kilometres((91.0, 0.0), paris).is_nan() && kilometres((f64::NAN, 0.0), paris).is_nan());
    }
}
