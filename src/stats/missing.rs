//! Numbers read back from JSON, where one that is not finite stands as `null`: it comes back as NaN. For `deserialize_with`.

use serde::{Deserialize, Deserializer};

/// A number.
///
/// # Errors
/// What the reader reports of anything but a number or `null`.
pub fn number<'de, D: Deserializer<'de>>(reader: D) -> Result<f64, D::Error> {
    Ok(Option::<f64>::deserialize(reader)?.unwrap_or(f64::NAN))
}

/// A list of numbers.
///
/// # Errors
/// As [`number`].
pub fn list<'de, D: Deserializer<'de>>(reader: D) -> Result<Vec<f64>, D::Error> {
    let found = Vec::<Option<f64>>::deserialize(reader)?;
    Ok(found.into_iter().map(|value| value.unwrap_or(f64::NAN)).collect())
}

/// A list of numbers with names.
///
/// # Errors
/// As [`number`].
pub fn named<'de, D: Deserializer<'de>>(reader: D) -> Result<Vec<(String, f64)>, D::Error> {
    let found = Vec::<(String, Option<f64>)>::deserialize(reader)?;
    Ok(found.into_iter().map(|(name, value)| (name, value.unwrap_or(f64::NAN))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Serialize;

    #[derive(Serialize, Deserialize)]
    struct Numbers {
        #[serde(deserialize_with = "number")]
        one: f64,
        #[serde(deserialize_with = "list")]
        many: Vec<f64>,
        #[serde(deserialize_with = "named")]
        named: Vec<(String, f64)>,
    }

    #[test]
    fn what_is_not_finite_comes_back_as_nan() {
        let numbers =
            Numbers { one: f64::NAN, many: vec![0.1, f64::INFINITY], named: vec![("a".to_owned(), f64::NAN)] };
        let text = serde_json::to_string(&numbers).unwrap();
        assert_eq!(text, r#"{"one":null,"many":[0.1,null],"named":[["a",null]]}"#);
        let back: Numbers = serde_json::from_str(&text).unwrap();
        assert!(back.one.is_nan() && back.many[1].is_nan() && back.named[0].1.is_nan());
        assert_eq!(back.many[0], 0.1);
        assert!(serde_json::from_str::<Numbers>(r#"{"one":"x","many":[],"named":[]}"#).is_err());
    }
}
