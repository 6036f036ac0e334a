//! The rows of a JSON text, one object after the other, flattened to cells.

use std::path::{Path, PathBuf};

use super::token::{Fault, Token, Tokens, broken};
use crate::dataset::error::DatasetError;
use crate::dataset::read::layout::LONGEST_ROW;
use crate::dataset::read::packed::unreadable;

/// Objects and lists in each other, at most.
const DEEPEST: usize = 64;

/// What an object holds under a name.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    Text(String),
    Number(String),
    Flag(bool),
    Missing,
    /// A list, which is no cell.
    List,
}

/// Where the rows stand.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Shape {
    /// One object after the other, as a rule one a line.
    Lines,
    /// In a list, below these names when it is not the whole file.
    List(Vec<String>),
}

/// What is found where a file is looked through.
pub(super) enum Survey {
    /// The whole file is of this shape.
    Whole(Shape),
    /// Lists of objects in an object, with the names that lead to each.
    Lists(Vec<Vec<String>>),
}

/// Looks at how the rows of a file stand.
pub(super) fn survey(tokens: &mut Tokens, named: &Path) -> Result<Survey, DatasetError> {
    look(tokens, named).map_err(|fault| fault_at(named, None, fault))?
}

fn look(tokens: &mut Tokens, named: &Path) -> Result<Result<Survey, DatasetError>, Fault> {
    let refused = |message: &str| Ok(Err(DatasetError::data(named, message)));
    if tokens.next()? == Token::BeginList {
        return match tokens.peek()? {
            Token::BeginObject | Token::EndList => Ok(Ok(Survey::Whole(Shape::List(Vec::new())))),
            _ => refused("is a JSON list without objects; write each row as an object with the names of its columns"),
        };
    }
    let mut found = Found::default();
    found.object(tokens, &mut Vec::new())?;
    Ok(match tokens.peek()? {
        Token::End if !found.lists.is_empty() => Ok(Survey::Lists(found.lists)),
        Token::End if found.is_by_columns() => {
            return refused(
                "is JSON by columns; write it as a list of rows, in pandas with to_json(..., orient=\"records\")",
            );
        }
        _ => Ok(Survey::Whole(Shape::Lines)),
    })
}

/// Lists of objects on the way through an object.
#[derive(Default)]
struct Found {
    lists: Vec<Vec<String>>,
    /// Names of the whole, and how many of them hold columns: lists of values, or objects with a key of `0`.
    names: usize,
    columns: usize,
}

impl Found {
    fn is_by_columns(&self) -> bool {
        self.names > 0 && self.columns == self.names
    }

    /// Behind the sign that begins it.
    fn object(&mut self, tokens: &mut Tokens, path: &mut Vec<String>) -> Result<(), Fault> {
        let mut is_first = true;
        while let Some(name) = next_name(tokens, is_first)? {
            if path.is_empty() {
                self.names += 1;
            }
            if path.len() == 1 && is_first && name == "0" {
                self.columns += 1;
            }
            is_first = false;
            path.push(name);
            match tokens.next()? {
                Token::BeginObject if path.len() < DEEPEST => self.object(tokens, path)?,
                Token::BeginList => {
                    if *tokens.peek()? == Token::BeginObject {
                        self.lists.push(path.clone());
                    } else if path.len() == 1 {
                        self.columns += 1;
                    }
                    skip_list(tokens, path.len())?;
                }
                other => skip(tokens, &other, path.len())?,
            }
            path.pop();
        }
        Ok(())
    }
}

/// The rows of a file, in their order.
pub(super) struct Rows {
    named: PathBuf,
    tokens: Tokens,
    shape: Shape,
    /// Rows that were read.
    row: usize,
    is_at_end: bool,
}

impl Rows {
    /// Goes to the first row.
    pub(super) fn new(mut tokens: Tokens, shape: &Shape, named: &Path) -> Result<Self, DatasetError> {
        if let Shape::List(path) = shape {
            go_to(&mut tokens, path).map_err(|fault| fault_at(named, None, fault))?;
        }
        Ok(Self { named: named.to_owned(), tokens, shape: shape.clone(), row: 0, is_at_end: false })
    }

    /// Hands on the cells of the next row; says whether there was one.
    pub(super) fn next(
        &mut self,
        take: &mut dyn FnMut(&str, Cell) -> Result<(), DatasetError>,
    ) -> Result<bool, DatasetError> {
        if self.is_at_end {
            return Ok(false);
        }
        let mut refused = None;
        let mut size = 0;
        let read = self.row(&mut |name, cell| {
            size += match &cell {
                Cell::Text(text) | Cell::Number(text) => text.len(),
                _ => 1,
            };
            if size > LONGEST_ROW {
                return broken(format!("a row of more than {} MB stands there", LONGEST_ROW >> 20));
            }
            take(name, cell).or_else(|error| {
                refused = Some(error);
                broken(String::new())
            })
        });
        match (read, refused) {
            (_, Some(error)) => Err(error),
            (Err(fault), None) => Err(fault_at(&self.named, Some(self.row + 1), fault)),
            (Ok(is_there), None) => {
                self.row += usize::from(is_there);
                self.is_at_end = !is_there;
                Ok(is_there)
            }
        }
    }

    fn row(&mut self, take: &mut dyn FnMut(&str, Cell) -> Result<(), Fault>) -> Result<bool, Fault> {
        let mut token = self.tokens.next()?;
        if matches!(self.shape, Shape::List(_)) {
            match token {
                Token::EndList => {
                    if self.shape == Shape::List(Vec::new()) {
                        self.tokens.expect(&Token::End, "the end of the file")?;
                    }
                    return Ok(false);
                }
                Token::Comma if self.row > 0 => token = self.tokens.next()?,
                _ if self.row > 0 => return broken(format!("{} stands where a comma was expected", token.named())),
                _ => {}
            }
        } else if token == Token::End {
            return Ok(false);
        }
        if token != Token::BeginObject {
            return broken(format!("{} stands where an object in braces was expected", token.named()));
        }
        cells(&mut self.tokens, &mut String::new(), 1, take)?;
        Ok(true)
    }
}

/// The cells of an object, behind the sign that begins it; those of objects in it are called by both names.
fn cells(
    tokens: &mut Tokens,
    front: &mut String,
    depth: usize,
    take: &mut dyn FnMut(&str, Cell) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let mut is_first = true;
    while let Some(name) = next_name(tokens, is_first)? {
        is_first = false;
        let length = front.len();
        if !front.is_empty() {
            front.push('.');
        }
        front.push_str(name.trim());
        let cell = match tokens.next()? {
            Token::BeginObject if depth < DEEPEST => {
                cells(tokens, front, depth + 1, take)?;
                None
            }
            Token::BeginList => {
                skip_list(tokens, depth)?;
                Some(Cell::List)
            }
            Token::Text(text) => Some(Cell::Text(text)),
            Token::Number(number) => Some(Cell::Number(number)),
            Token::True => Some(Cell::Flag(true)),
            Token::False => Some(Cell::Flag(false)),
            Token::Null => Some(Cell::Missing),
            Token::BeginObject => return broken(format!("more than {DEEPEST} objects stand in each other")),
            other => return broken(format!("{} stands where a value was expected", other.named())),
        };
        if let Some(cell) = cell {
            take(front, cell)?;
        }
        front.truncate(length);
    }
    Ok(())
}

/// The next name of an object, with the colon behind it; none where the object ends.
fn next_name(tokens: &mut Tokens, is_first: bool) -> Result<Option<String>, Fault> {
    let mut token = tokens.next()?;
    if token == Token::EndObject {
        return Ok(None);
    }
    if !is_first {
        if token != Token::Comma {
            return broken(format!("{} stands where a comma or \"}}\" was expected", token.named()));
        }
        token = tokens.next()?;
    }
    let Token::Text(name) = token else {
        return broken(format!("{} stands where a name in quotes was expected", token.named()));
    };
    tokens.expect(&Token::Colon, "a colon")?;
    Ok(Some(name))
}

/// Passes over a value that began with a token.
fn skip(tokens: &mut Tokens, begun: &Token, depth: usize) -> Result<(), Fault> {
    if depth > DEEPEST {
        return broken(format!("more than {DEEPEST} objects and lists stand in each other"));
    }
    match begun {
        Token::BeginObject => {
            let mut is_first = true;
            while next_name(tokens, is_first)?.is_some() {
                is_first = false;
                let begun = tokens.next()?;
                skip(tokens, &begun, depth + 1)?;
            }
            Ok(())
        }
        Token::BeginList => skip_list(tokens, depth + 1),
        Token::Text(_) | Token::Number(_) | Token::True | Token::False | Token::Null => Ok(()),
        other => broken(format!("{} stands where a value was expected", other.named())),
    }
}

/// Passes over the rest of a list.
fn skip_list(tokens: &mut Tokens, depth: usize) -> Result<(), Fault> {
    let mut is_first = true;
    loop {
        let mut token = tokens.next()?;
        if token == Token::EndList {
            return Ok(());
        }
        if !is_first {
            if token != Token::Comma {
                return broken(format!("{} stands where a comma or \"]\" was expected", token.named()));
            }
            token = tokens.next()?;
        }
        is_first = false;
        skip(tokens, &token, depth)?;
    }
}

/// Goes into the list below some names.
fn go_to(tokens: &mut Tokens, path: &[String]) -> Result<(), Fault> {
    for wanted in path {
        tokens.expect(&Token::BeginObject, "an object")?;
        let mut is_first = true;
        loop {
            let Some(name) = next_name(tokens, is_first)? else {
                return broken(format!("\"{wanted}\" is not there any more"));
            };
            is_first = false;
            if name == *wanted {
                break;
            }
            let begun = tokens.next()?;
            skip(tokens, &begun, 1)?;
        }
    }
    tokens.expect(&Token::BeginList, "a list")
}

fn fault_at(named: &Path, row: Option<usize>, fault: Fault) -> DatasetError {
    match fault {
        Fault::Unreadable(source) => unreadable(named, source),
        Fault::Broken(what) => DatasetError::Data {
            file: named.to_owned(),
            row,
            column: None,
            message: format!("is broken JSON ({what}); export it again, or correct it there"),
        },
    }
}
