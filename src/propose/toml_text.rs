//! The text of a manifest, line by line.

use toml_edit::{Array, Value};

/// Letters of a line of comment.
const WIDTH: usize = 116;

/// TOML, line by line.
#[derive(Default)]
pub(super) struct Text(pub(super) String);

impl Text {
    pub(super) fn line(&mut self, text: &str) {
        self.0.push_str(text);
        self.0.push('\n');
    }

    pub(super) fn heading(&mut self, text: &str) {
        let rule = "-".repeat(WIDTH.saturating_sub(text.len() + 3));
        self.line(&format!("\n# {text} {rule}"));
    }

    /// A comment, broken into lines. Names and values in it may hold anything, also line ends.
    pub(super) fn comment(&mut self, text: &str) {
        let mut line = String::from("#");
        for word in
            text.split(|letter: char| letter.is_whitespace() || letter.is_control()).filter(|word| !word.is_empty())
        {
            if line.chars().count() + word.chars().count() >= WIDTH && line.len() > 1 {
                self.line(&line);
                "#".clone_into(&mut line);
            }
            line.push(' ');
            line.push_str(word);
        }
        self.line(&line);
    }

    pub(super) fn notes(&mut self, notes: &[String]) {
        for note in notes {
            self.comment(note);
        }
    }

    pub(super) fn set(&mut self, key: &str, value: &str) {
        self.line(&format!("{key} = {}", Value::from(value)));
    }

    pub(super) fn list(&mut self, key: &str, values: &[String]) {
        let list: Array = values.iter().map(String::as_str).collect();
        self.line(&format!("{key} = {list}"));
    }
}
