//! A page's question: what its address asks beside the data set, the model and the filter, as a value. Keys that the page does not
//! know are refused by name, as filters are; otherwise a misspelt one would silently show something else.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::query::QueryError;
use crate::query::rfm::bands;
use crate::query::table::TableRequest;
use crate::stats::correlation::Method;
use crate::web::address::{Query, is_filter_key};
use crate::web::context::PageContext;
use crate::web::error::AppError;
use crate::web::state::AppState;
use crate::words;

/// What a page can be asked.
pub(in crate::web) trait Question: Sized + Send + 'static {
    /// Takes what it knows out of the address.
    ///
    /// # Errors
    /// [`AppError::BadRequest`], which names a value that makes no sense.
    fn read(asking: &mut Asking<'_>) -> Result<Self, AppError>;
}

/// Nothing but the data set, the model and the filter.
#[derive(Debug, Clone, Copy)]
pub(in crate::web) struct Nothing;

impl Question for Nothing {
    fn read(_: &mut Asking<'_>) -> Result<Self, AppError> {
        Ok(Self)
    }
}

impl Question for TableRequest {
    fn read(asking: &mut Asking<'_>) -> Result<Self, AppError> {
        asking.table()
    }
}

/// Reads a kind of correlation.
///
/// # Errors
/// [`QueryError::UnknownChoice`] for another word.
pub(in crate::web) fn correlation(text: &str) -> Result<Method, QueryError> {
    text.parse().map_err(|_| QueryError::UnknownChoice {
        what: "correlation",
        text: text.to_owned(),
        known: words::one_of(&Method::ALL.map(Method::as_str)),
    })
}

/// The days that bound the scores of recency; quintiles of all without.
#[derive(Debug, Clone)]
pub(in crate::web) struct RecencyRule(pub Option<Vec<f64>>);

impl Question for RecencyRule {
    fn read(asking: &mut Asking<'_>) -> Result<Self, AppError> {
        Ok(Self(bands(asking.text("recency").as_deref())?))
    }
}

/// A request to a data set's page with its question. The only way into a page, so that each says what it can be asked.
#[derive(Debug)]
pub(in crate::web) struct Asked<Q>(pub PageContext, pub Q);

impl<Q: Question> FromRequestParts<Arc<AppState>> for Asked<Q> {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<AppState>) -> Result<Self, AppError> {
        let context = PageContext::of_request(parts, state).await?;
        let question = read(&context.query)?;
        Ok(Self(context, question))
    }
}

/// The question of an address, or of a form with the same keys.
///
/// # Errors
/// [`AppError::BadRequest`], which names the key or the value that makes no sense.
pub(in crate::web) fn read<Q: Question>(query: &Query) -> Result<Q, AppError> {
    let mut asking = Asking { query, known: Vec::new(), beginnings: Vec::new() };
    let question = Q::read(&mut asking)?;
    asking.refuse_others()?;
    Ok(question)
}

/// An address that is being read; it remembers which keys were asked for.
pub(in crate::web) struct Asking<'a> {
    query: &'a Query,
    known: Vec<&'static str>,
    beginnings: Vec<&'static str>,
}

impl Asking<'_> {
    /// The last value of a key; an empty one is none.
    pub(in crate::web) fn text(&mut self, key: &'static str) -> Option<String> {
        self.known.push(key);
        self.query.get(key).map(str::to_owned)
    }

    /// The last value of a key, also an empty one.
    pub(in crate::web) fn given(&mut self, key: &'static str) -> Option<String> {
        self.known.push(key);
        self.query.given(key).map(str::to_owned)
    }

    /// All values of a key but empty ones.
    pub(in crate::web) fn all(&mut self, key: &'static str) -> Vec<String> {
        self.known.push(key);
        self.query.all(key).map(str::to_owned).collect()
    }

    /// Whether a key has a value.
    pub(in crate::web) fn flag(&mut self, key: &'static str) -> bool {
        self.text(key).is_some()
    }

    /// What follows a beginning of keys, with the value of each.
    pub(in crate::web) fn beginning_with(&mut self, beginning: &'static str) -> Vec<(String, String)> {
        self.beginnings.push(beginning);
        let pairs = self.query.0.iter();
        pairs.filter_map(|(key, value)| Some((key.strip_prefix(beginning)?.to_owned(), value.clone()))).collect()
    }

    /// A value that a parser reads; none where the key is not given.
    ///
    /// # Errors
    /// The parser's.
    pub(in crate::web) fn parsed<T, E: Into<AppError>>(
        &mut self,
        key: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, AppError> {
        self.text(key).map(|text| parse(&text)).transpose().map_err(Into::into)
    }

    /// One of the words that a key can have; none where it is not given.
    ///
    /// # Errors
    /// [`AppError::BadRequest`] for another word.
    pub(in crate::web) fn one_of<T: Copy>(
        &mut self,
        key: &'static str,
        words: &[(&'static str, T)],
    ) -> Result<Option<T>, AppError> {
        let Some(text) = self.text(key) else { return Ok(None) };
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, meant)| *meant);
        found.map(Some).ok_or_else(|| {
            let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            AppError::BadRequest(format!("{key} cannot be \"{text}\"; choose {}.", words::one_of(&known)))
        })
    }

    /// A page of the table of customers.
    ///
    /// # Errors
    /// [`AppError::BadRequest`] for a page that is no whole number, or a direction that is none.
    pub(in crate::web) fn table(&mut self) -> Result<TableRequest, AppError> {
        Ok(TableRequest {
            search: self.text("q").unwrap_or_default(),
            sort: self.text("sort").unwrap_or_default(),
            descending: self.one_of("dir", &[("asc", false), ("desc", true)])?.unwrap_or_default(),
            page: self.parsed("page", TableRequest::parse_page)?.unwrap_or(1),
        })
    }

    /// Refuses the first key that nobody asked for.
    fn refuse_others(&self) -> Result<(), AppError> {
        let is_known = |key: &str| {
            key == "model"
                || is_filter_key(key)
                || self.known.contains(&key)
                || self.beginnings.iter().any(|beginning| key.starts_with(beginning))
        };
        let Some((key, _)) = self.query.0.iter().find(|(key, value)| !value.is_empty() && !is_known(key)) else {
            return Ok(());
        };
        let beginnings = self.beginnings.iter().map(|beginning| format!("{beginning}NAME"));
        let known: Vec<String> = self.known.iter().map(|key| (*key).to_owned()).chain(beginnings).collect();
        let can = if known.is_empty() {
            "only the model and filters can be chosen".to_owned()
        } else {
            format!("beside the model and filters there are {}", words::all_of(&known))
        };
        Err(AppError::BadRequest(format!("Nothing here is called \"{key}\"; {can}.")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq)]
    struct Example {
        kind: Option<u8>,
        days: Option<usize>,
        names: Vec<String>,
        weights: Vec<(String, String)>,
        colour: Option<String>,
    }

    impl Question for Example {
        fn read(asking: &mut Asking<'_>) -> Result<Self, AppError> {
            Ok(Self {
                kind: asking.one_of("kind", &[("bars", 1), ("boxes", 2)])?,
                days: asking.parsed("days", TableRequest::parse_page)?,
                names: asking.all("name"),
                weights: asking.beginning_with("weight."),
                colour: asking.given("colour"),
            })
        }
    }

    fn asked(text: &str) -> Result<Example, String> {
        read(&Query::parse(text).unwrap()).map_err(|error| error.to_string())
    }

    #[test]
    fn known_keys_are_read_beside_model_and_filter() {
        let found =
            asked("kind=boxes&days=7&name=a&name=b&weight.x=2&colour=&model=m&min.age=3&seg=1&unknown=").unwrap();
        assert_eq!(
            found,
            Example {
                kind: Some(2),
                days: Some(7),
                names: vec!["a".to_owned(), "b".to_owned()],
                weights: vec![("x".to_owned(), "2".to_owned())],
                colour: Some(String::new()),
            }
        );
        assert_eq!(asked("").unwrap().kind, None);
    }

    #[test]
    fn unknown_keys_and_values_are_refused_by_name() {
        let refused = asked("kidn=boxes").unwrap_err();
        assert!(
            refused.contains("\"kidn\"") && refused.contains("kind, days, name, colour and weight.NAME."),
            "{refused}"
        );
        assert!(asked("kind=pie").unwrap_err().contains("kind cannot be \"pie\"; choose bars or boxes."));
        assert!(asked("days=x").unwrap_err().contains("\"x\" is no whole number"));
        let refused = read::<Nothing>(&Query::parse("x=1").unwrap()).unwrap_err().to_string();
        assert!(refused.contains("only the model and filters"), "{refused}");
    }
}
