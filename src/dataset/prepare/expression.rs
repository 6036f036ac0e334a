//! SQL expressions that people write, read with bounds.
//!
//! polars parses and evaluates by recursion and grows texts as told, so a long sum overflows the stack and a padding to a
//! thousand million letters takes all memory; both end the process. What is let through here is small enough for neither.

use std::collections::HashMap;
use std::ops::ControlFlow;

use polars::prelude::{Column, DataFrame, DataType};
use sqlparser::ast::{
    BinaryOperator, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Query, Value, Visit, Visitor,
};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, Tokenizer};

/// Longest expression, in bytes.
const LONGEST: usize = 16 * 1024;

/// Most words, numbers, texts and signs in an expression.
const MOST_TOKENS: usize = 1000;

/// Most steps that stand one in another: parentheses, the terms of a sum, the arms of a `CASE`.
const DEEPEST: usize = 128;

/// Most bytes that a computed column of text may take, estimated from above.
const LARGEST: f64 = 512.0 * 1024.0 * 1024.0;

/// Bytes of a number, day or truth value, also when written as text.
const BYTES_OF_NUMBER: f64 = 24.0;

/// Functions of one row, of the whole table, and over groups, none of which makes more than it is given but for those that
/// [`Expression::bytes`] knows.
const FUNCTIONS: [&str; 86] = [
    "abs",
    "acos",
    "asin",
    "atan",
    "atan2",
    "avg",
    "bit_length",
    "cbrt",
    "ceil",
    "ceiling",
    "char_length",
    "character_length",
    "coalesce",
    "concat",
    "concat_ws",
    "corr",
    "cos",
    "count",
    "covar",
    "covar_pop",
    "covar_samp",
    "date",
    "date_part",
    "datetime",
    "degrees",
    "dense_rank",
    "div",
    "ends_with",
    "exp",
    "first",
    "first_value",
    "floor",
    "greatest",
    "if",
    "ifnull",
    "initcap",
    "lag",
    "last",
    "last_value",
    "lead",
    "least",
    "left",
    "length",
    "ln",
    "log",
    "log10",
    "log1p",
    "log2",
    "lower",
    "lpad",
    "ltrim",
    "max",
    "median",
    "min",
    "mod",
    "nullif",
    "octet_length",
    "pi",
    "pow",
    "power",
    "quantile_cont",
    "quantile_disc",
    "radians",
    "rank",
    "regexp_like",
    "replace",
    "reverse",
    "right",
    "round",
    "row_number",
    "rpad",
    "rtrim",
    "sign",
    "sin",
    "split_part",
    "sqrt",
    "starts_with",
    "stddev",
    "strftime",
    "strpos",
    "strptime",
    "substr",
    "sum",
    "tan",
    "upper",
    "variance",
];

/// How large the columns of a table are, in bytes, also of those that are planned and not there yet.
pub(in crate::dataset) struct Sizes {
    rows: usize,
    of: HashMap<String, f64>,
}

impl Sizes {
    pub(in crate::dataset) fn of(frame: &DataFrame) -> Self {
        let size = |column: &Column| match column.dtype() {
            DataType::String => {
                let texts = column.as_materialized_series().str();
                texts.map_or(0.0, |texts| texts.iter().flatten().map(str::len).sum::<usize>() as f64)
            }
            _ => BYTES_OF_NUMBER * frame.height() as f64,
        };
        let of = frame.columns().iter().map(|column| (column.name().to_string(), size(column))).collect();
        Self { rows: frame.height(), of }
    }

    fn column(&self, name: &str) -> f64 {
        self.of.get(name).copied().unwrap_or(0.0)
    }
}

/// An expression within the bounds.
pub(in crate::dataset) struct Expression {
    parsed: Expr,
    /// What polars makes of it.
    pub(in crate::dataset) planned: polars::prelude::Expr,
}

impl Expression {
    /// Reads an expression.
    ///
    /// # Errors
    /// What to change, for text that is no expression, too long or too deep, or that uses a function that is not known here.
    pub(in crate::dataset) fn read(sql: &str) -> Result<Self, String> {
        if sql.len() > LONGEST {
            return Err(format!("expected at most {LONGEST} letters; split it into several computed columns"));
        }
        let unreadable = |error: &dyn std::fmt::Display| format!("expected an SQL expression ({error})");
        let tokens = Tokenizer::new(&GenericDialect, sql).tokenize().map_err(|error| unreadable(&error))?;
        let tokens: Vec<Token> = tokens.into_iter().filter(|token| !matches!(token, Token::Whitespace(_))).collect();
        if tokens.len() > MOST_TOKENS {
            return Err(format!(
                "has {} words, numbers and signs, and may have {MOST_TOKENS}; split it into several computed columns",
                tokens.len()
            ));
        }
        let parsed = Parser::new(&GenericDialect).with_tokens(tokens).parse_expr();
        let parsed = parsed.map_err(|error| unreadable(&error))?;
        let mut limits = Limits { depth: 0 };
        if let ControlFlow::Break(reason) = parsed.visit(&mut limits) {
            return Err(reason);
        }
        let planned =
            polars::sql::sql_expr(sql).map_err(|error| unreadable(&crate::dataset::error::first_line(&error)))?;
        Ok(Self { parsed, planned })
    }

    /// Refuses to compute more text than memory should hold; what is let through counts for later expressions as the column
    /// of that name.
    ///
    /// # Errors
    /// What to change.
    pub(in crate::dataset) fn check_size(&self, name: &str, table: &mut Sizes) -> Result<(), String> {
        let bytes = bytes(&self.parsed, table);
        if bytes <= LARGEST {
            table.of.insert(name.to_owned(), bytes);
            return Ok(());
        }
        Err(format!(
            "could make {:.0} MB of text of {} rows, and may make {:.0}; shorten what it puts together",
            bytes / 1_048_576.0,
            table.rows,
            LARGEST / 1_048_576.0
        ))
    }
}

/// Walks an expression and stops where it goes too deep or asks for something that is not offered.
struct Limits {
    depth: usize,
}

/// Steps that an expression adds to those it stands in: a `CASE` is evaluated arm in arm.
fn steps(expression: &Expr) -> usize {
    match expression {
        Expr::Case { conditions, .. } => conditions.len().max(1),
        _ => 1,
    }
}

impl Visitor for Limits {
    type Break = String;

    fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<String> {
        ControlFlow::Break("cannot hold a query; use columns of the table, numbers, texts and functions".to_owned())
    }

    fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<String> {
        self.depth += steps(expression);
        if self.depth > DEEPEST {
            return ControlFlow::Break(format!(
                "has more than {DEEPEST} terms or steps one in another; split it into several computed columns"
            ));
        }
        match expression {
            Expr::Function(function) => {
                let name = function.name.to_string().to_lowercase();
                if !FUNCTIONS.contains(&name.as_str()) {
                    return ControlFlow::Break(format!(
                        "uses the function {name}, which is not offered; there are {}",
                        FUNCTIONS.join(", ")
                    ));
                }
                if matches!(name.as_str(), "lpad" | "rpad") && padded_to(function).is_none() {
                    return ControlFlow::Break(format!(
                        "{name} needs a whole number as its length, such as {name}(id, 8, '0')"
                    ));
                }
            }
            Expr::Array(_) | Expr::Lambda(_) | Expr::Map(_) | Expr::Struct { .. } | Expr::Dictionary(_) => {
                return ControlFlow::Break("can make numbers, texts and days only, no lists".to_owned());
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expression: &Expr) -> ControlFlow<String> {
        self.depth -= steps(expression);
        ControlFlow::Continue(())
    }
}

fn arguments(function: &Function) -> Vec<&Expr> {
    let FunctionArguments::List(list) = &function.args else { return Vec::new() };
    let expression = |argument| match argument {
        &FunctionArg::Unnamed(FunctionArgExpr::Expr(ref expression)) => Some(expression),
        _ => None,
    };
    list.args.iter().filter_map(expression).collect()
}

/// The letters that a text is padded to, where that is a number.
fn padded_to(function: &Function) -> Option<f64> {
    match arguments(function).get(1) {
        Some(Expr::Value(value)) => match &value.value {
            Value::Number(number, _) => number.parse().ok(),
            _ => None,
        },
        _ => None,
    }
}

/// The bytes of the values of an expression, all rows together, estimated from above: results of functions and operators are
/// taken to hold all of what went in.
fn bytes(expression: &Expr, table: &Sizes) -> f64 {
    let rows = table.rows.max(1) as f64;
    match expression {
        Expr::Function(function) => {
            let inside: Vec<f64> = arguments(function).into_iter().map(|part| bytes(part, table)).collect();
            match (function.name.to_string().to_lowercase().as_str(), inside.as_slice()) {
                // A letter can take four bytes.
                ("lpad" | "rpad", parts) => {
                    padded_to(function).unwrap_or(f64::INFINITY) * 4.0 * rows + parts.iter().sum::<f64>()
                }
                // Each byte could be replaced by the new text.
                ("replace", [text, _, new]) => text * (1.0 + new / rows),
                // A separator stands between the parts.
                ("concat_ws", [separator, parts @ ..]) => parts.iter().sum::<f64>() + separator * parts.len() as f64,
                // A pattern of letters can stand for longer words each.
                ("strftime", parts) => parts.iter().sum::<f64>() * 16.0,
                (_, parts) => parts.iter().sum::<f64>().max(BYTES_OF_NUMBER * rows),
            }
        }
        Expr::BinaryOp { left, op: BinaryOperator::StringConcat | BinaryOperator::Plus, right } => {
            bytes(left, table) + bytes(right, table)
        }
        Expr::Nested(inside) => bytes(inside, table),
        Expr::Cast { expr, .. } => bytes(expr, table).max(BYTES_OF_NUMBER * rows),
        Expr::Case { conditions, else_result, .. } => {
            let arms: f64 = conditions.iter().map(|arm| bytes(&arm.result, table)).sum();
            arms + else_result.as_ref().map_or(0.0, |other| bytes(other, table))
        }
        Expr::Identifier(name) => table.column(&name.value),
        Expr::CompoundIdentifier(path) => path.last().map_or(0.0, |name| table.column(&name.value)),
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) | Value::DoubleQuotedString(text) => text.len() as f64 * rows,
            _ => BYTES_OF_NUMBER * rows,
        },
        other => below(other, table),
    }
}

/// The largest of what stands directly below is not offered by the parser, so all leaves count.
fn below(expression: &Expr, table: &Sizes) -> f64 {
    struct Leaves<'a> {
        table: &'a Sizes,
        bytes: f64,
        depth: usize,
    }
    impl Visitor for Leaves<'_> {
        type Break = ();
        fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
            self.depth += 1;
            if self.depth == 2 {
                self.bytes += bytes(expression, self.table);
            }
            ControlFlow::Continue(())
        }
        fn post_visit_expr(&mut self, _: &Expr) -> ControlFlow<()> {
            self.depth -= 1;
            ControlFlow::Continue(())
        }
    }
    let mut leaves = Leaves { table, bytes: BYTES_OF_NUMBER * table.rows as f64, depth: 0 };
    let _ = expression.visit(&mut leaves);
    leaves.bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::df;

    fn refused(sql: &str) -> String {
        Expression::read(sql).err().unwrap_or_else(|| panic!("{} was let through", &sql[..40.min(sql.len())]))
    }

    fn chain(term: &str, sign: &str, terms: usize) -> String {
        vec![term; terms].join(sign)
    }

    #[test]
    fn long_chains_are_refused_in_a_sentence_before_they_are_evaluated() {
        for (term, sign) in [("1", "+"), ("a > 1", " OR "), ("s", "||"), ("1", "-"), ("a", "/"), ("a = 1", " AND ")] {
            for terms in [150, 1500, 200_000] {
                let message = refused(&chain(term, sign, terms));
                assert!(message.contains("split it into several computed columns"), "{message}");
            }
        }
        let arms = "WHEN s = 'x' THEN 1 ".repeat(130);
        assert!(refused(&format!("CASE {arms} ELSE 0 END")).contains("split it"));
        assert!(refused(&format!("{}a{}", "(".repeat(400), ")".repeat(400))).contains("expected an SQL expression"));
        assert!(refused(&format!("{}a", "NOT ".repeat(900))).contains("xpression"));
        assert!(refused(&format!("{}a", "- ".repeat(900))).contains("xpression"));
    }

    #[test]
    fn what_stands_at_the_bound_is_evaluated_on_a_small_stack() {
        let arms: Vec<String> = (0..100).map(|arm| format!("WHEN a = {arm} THEN {arm}")).collect();
        let arms = arms.join(" ");
        let all = [chain("a", " + ", 120), chain("s", " || ", 120), format!("CASE {arms} ELSE 0 END")];
        let work = move || {
            let frame = df!("a" => [6.0, 3.0], "s" => ["x", "y"]).unwrap();
            for sql in all {
                use polars::prelude::IntoLazy;
                let planned = Expression::read(&sql).unwrap().planned;
                assert_eq!(frame.clone().lazy().select([planned]).collect().unwrap().height(), 2);
            }
        };
        std::thread::Builder::new().stack_size(2 << 20).spawn(work).unwrap().join().unwrap();
    }

    #[test]
    fn functions_that_are_not_offered_are_named() {
        for sql in ["REPEAT('x', 1000000000)", "STRING_AGG(s)", "ARRAY_AGG(a)", "UNNEST(s)", "STRING_TO_ARRAY(s, ',')"]
        {
            let message = refused(sql);
            assert!(message.contains("is not offered; there are abs,"), "{message}");
        }
        assert!(refused("LPAD('x', a, 'y')").contains("needs a whole number as its length"));
        assert!(refused("(SELECT 1)").contains("cannot hold a query"));
        assert!(refused("a IN (SELECT 1)").contains("cannot hold a query"));
        assert!(refused("[1, 2]").contains("no lists"));
        assert!(FUNCTIONS.is_sorted());
    }

    #[test]
    fn texts_that_would_fill_the_memory_are_refused_and_useful_ones_are_not() {
        let rows = 1000;
        let frame = df!("s" => vec!["twelve bytes"; rows], "a" => vec![1.0; rows]).unwrap();
        let check = |sql: &str| Expression::read(sql).unwrap().check_size("new", &mut Sizes::of(&frame));
        let doubled = (0..16).fold("s".to_owned(), |text, _| format!("CONCAT({text}, {text})"));
        for sql in [
            "LPAD('x', 1000000000, 'y')",
            "RPAD(s, 300000, 'y')",
            "REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(s, 't', s), 't', s), 't', s), 't', s), 't', s)",
        ] {
            let message = check(sql).unwrap_err();
            assert!(message.contains("MB of text of 1000 rows"), "{message}");
        }
        assert!(refused(&doubled).contains("split it"), "65,536 parts have too many words");
        for sql in
            ["LPAD(s, 8, '0')", "CONCAT(s, '-', a)", "UPPER(TRIM(s))", "a * 2", "CASE WHEN a > 1 THEN s ELSE 'x' END"]
        {
            check(sql).unwrap();
        }
        let mut sizes = Sizes::of(&frame);
        let grown = (0..30).map(|step| {
            let sql = if step == 0 { "s || s".to_owned() } else { format!("c{0} || c{0}", step - 1) };
            Expression::read(&sql).unwrap().check_size(&format!("c{step}"), &mut sizes)
        });
        assert!(grown.collect::<Result<Vec<_>, _>>().is_err(), "columns that double one another");
    }
}
