//! Texts that are spelt in several ways.

use crate::dataset::code::code;
use polars::prelude::*;

use crate::dataset::manifest::rules::{Case, Columns};
use crate::dataset::prepare::clean::{Cleaner, Effect, Role, RuleError};

impl Cleaner<'_> {
    pub(super) fn normalise(&self, columns: &Columns, case: Case) -> Result<Effect, RuleError> {
        self.respell(columns, |text| normalised(text, case))
    }

    pub(super) fn leading_digits(&self, columns: &Columns) -> Result<Effect, RuleError> {
        self.respell(columns, |text| {
            let digits = text.trim().bytes().take_while(u8::is_ascii_digit).count();
            if digits == 0 { text.trim().to_owned() } else { text.trim()[..digits].to_owned() }
        })
    }

    pub(super) fn codes(&self, columns: &Columns, width: usize) -> Result<Effect, RuleError> {
        self.respell(columns, |text| code(text, width))
    }

    fn respell(&self, columns: &Columns, spell: impl Fn(&str) -> String) -> Result<Effect, RuleError> {
        let names = self.select(columns, |role| matches!(role, Role::Category | Role::Id))?;
        let mut frame = self.frame.clone();
        let mut cells_changed = 0;
        for name in &names {
            let texts = self.frame.column(name)?.str()?;
            // Few spellings fill many rows, so each is worked out once.
            let mut known: std::collections::HashMap<&str, String> = std::collections::HashMap::new();
            let respelt: StringChunked = texts
                .iter()
                .map(|text| {
                    let text = text?;
                    let new = known.entry(text).or_insert_with(|| spell(text));
                    cells_changed += usize::from(new != text);
                    Some(new.clone()).filter(|new| !new.is_empty())
                })
                .collect();
            frame.with_column(respelt.with_name(name.as_str().into()).into_column())?;
        }
        Ok(Effect { frame, cells_changed, columns: names })
    }
}

fn normalised(text: &str, case: Case) -> String {
    let words: Vec<String> = text
        .split_whitespace()
        .map(|word| match case {
            Case::Keep => word.to_owned(),
            Case::Upper => word.to_uppercase(),
            Case::Lower => word.to_lowercase(),
            Case::Title => {
                let mut letters = word.chars();
                let first = letters.next().map_or_else(String::new, |first| first.to_uppercase().collect());
                first + &letters.as_str().to_lowercase()
            }
        })
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_become_one() {
        for (case, expected) in
            [(Case::Keep, "NEW york"), (Case::Upper, "NEW YORK"), (Case::Lower, "new york"), (Case::Title, "New York")]
        {
            assert_eq!(normalised("  NEW \t york ", case), expected);
        }
        assert_eq!(normalised("éCLAIR ß", Case::Title), "Éclair SS");
    }
}
