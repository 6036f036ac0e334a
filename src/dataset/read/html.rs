//! Tables of web pages, which programs also write under the endings of workbooks.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use calamine::DataRef;
use html5gum::{DefaultEmitter, IoReader, StartTag, Token, Tokenizer};

use super::excel::{Grid, MAX_CELLS, Sheet, UNMERGED, Wanted};
use super::letters;
use super::packed::{Bytes, unreadable};
use crate::dataset::error::DatasetError;
use crate::dataset::manifest::Table;

/// Tables in each other, at most.
const DEEPEST: usize = 32;

/// Columns and rows that a cell may span, at most, as browsers limit them.
const SPAN: u32 = 1000;

/// A row of a table: texts by column.
type Row = Vec<(u32, String)>;

/// A table of a page as it is looked for.
#[derive(Debug, Clone, PartialEq)]
struct Found {
    name: String,
    rows: usize,
    cells: usize,
}

impl Found {
    /// Whether it is more than a frame that puts something in its place.
    fn is_table(&self) -> bool {
        self.rows > 1 && self.cells > self.rows
    }
}

/// Names of the tables of a page; none when it has one.
///
/// # Errors
/// [`DatasetError`] for a page without a table.
pub(super) fn tables(bytes: &Bytes, told: Option<&str>) -> Result<Vec<String>, DatasetError> {
    let found = look_through(bytes, told)?;
    let names: Vec<String> = found.into_iter().filter(Found::is_table).map(|table| table.name).collect();
    Ok(if names.len() > 1 { names } else { Vec::new() })
}

/// Reads a table of a page: the one that is named, else the largest.
///
/// # Errors
/// [`DatasetError`] for a page without a table, or without that table.
pub(super) fn open(
    bytes: &Bytes,
    table: &Table,
    Wanted { sheet, columns, rows }: Wanted<'_>,
    notes: &mut Vec<String>,
) -> Result<Sheet, DatasetError> {
    let file = bytes.named();
    let told = table.encoding.as_deref();
    let found = look_through(bytes, told)?;
    let position = if let Some(name) = sheet {
        found.iter().position(|table| table.name == name).ok_or_else(|| {
            let names = found.iter().filter(|table| table.is_table()).map(|table| format!("\"{}\"", table.name));
            let names = names.collect::<Vec<_>>().join(", ");
            DatasetError::data(file, format!("has no table \"{name}\"; its tables are {names}"))
        })?
    } else {
        let largest = found.iter().enumerate().max_by_key(|(at, table)| (table.cells, usize::MAX - at));
        largest.map_or(0, |(at, _)| at)
    };
    let others = found.iter().filter(|table| table.is_table()).count();
    if sheet.is_none() && others > 1 {
        notes.push(format!("The page holds {others} tables; the largest is read, {}.", found[position].name));
    }
    let mut grid = Grid::new(file, table, columns, rows);
    let mut is_complete = true;
    let (mut at, mut refused) = (0, None);
    walk(bytes, told, notes, &mut |number, _, row| {
        if number != position || !is_complete || refused.is_some() {
            return;
        }
        for (column, text) in row {
            match grid.cell((at, *column), &DataRef::SharedString(text), false) {
                Ok(true) => {}
                Ok(false) => is_complete = false,
                Err(error) => refused = Some(error),
            }
        }
        at += 1;
    })?;
    if let Some(error) = refused {
        return Err(error);
    }
    let hash = super::hash_of(bytes.read()?).map_err(|source| unreadable(file, source))?;
    Ok(Sheet::of(grid.end(&found[position].name, UNMERGED)?, is_complete, hash, notes))
}

fn look_through(bytes: &Bytes, told: Option<&str>) -> Result<Vec<Found>, DatasetError> {
    let mut found: BTreeMap<usize, Found> = BTreeMap::new();
    walk(bytes, told, &mut Vec::new(), &mut |number, caption, row| {
        let table = found.entry(number).or_insert_with(|| Found { name: String::new(), rows: 0, cells: 0 });
        if table.name.is_empty() && !caption.is_empty() {
            caption.clone_into(&mut table.name);
        }
        table.rows += usize::from(!row.is_empty());
        table.cells += row.len();
    })?;
    let most = found.keys().last().map_or(0, |last| last + 1);
    let mut tables: Vec<Found> = (0..most)
        .map(|number| found.remove(&number).unwrap_or(Found { name: String::new(), rows: 0, cells: 0 }))
        .collect();
    for at in 0..tables.len() {
        let taken = |name: &str, tables: &[Found]| tables[..at].iter().any(|table| table.name == name);
        if tables[at].name.is_empty() || taken(&tables[at].name, &tables) {
            tables[at].name = format!("table {}", at + 1);
        }
    }
    if tables.iter().all(|table| table.cells == 0) {
        return Err(DatasetError::data(
            bytes.named(),
            "is a web page without a table, perhaps one that asks to log in; download the file itself and import that",
        ));
    }
    Ok(tables)
}

/// A table that is being read.
#[derive(Default)]
struct Open {
    number: usize,
    caption: String,
    in_caption: bool,
    row: Option<Row>,
    /// The column of the next cell, and the cell that is being read with its columns and rows.
    column: u32,
    cell: Option<(String, u32, u32)>,
    /// Texts that go on below, by column, with the rows that are still to come.
    below: BTreeMap<u32, (String, u32)>,
}

impl Open {
    fn begin_row(&mut self) {
        self.row = Some(Row::new());
        self.column = 0;
        self.go_on();
    }

    /// Repeats the texts of cells above that reach down to here.
    fn go_on(&mut self) {
        while let Some((text, ahead)) = self.below.get_mut(&self.column) {
            *ahead -= 1;
            if let Some(row) = self.row.as_mut().filter(|_| !text.is_empty()) {
                row.push((self.column, text.clone()));
            }
            if *ahead == 0 {
                self.below.remove(&self.column);
            }
            self.column += 1;
        }
    }

    fn begin_cell(&mut self, tag: &StartTag<()>) {
        self.end_cell();
        if self.row.is_none() {
            self.begin_row();
        }
        let span = |name: &[u8]| {
            let value = tag.attributes.get(name).and_then(|value| std::str::from_utf8(value).ok()?.trim().parse().ok());
            value.unwrap_or(1).clamp(1, SPAN)
        };
        self.cell = Some((String::new(), span(b"colspan"), span(b"rowspan")));
    }

    fn end_cell(&mut self) {
        let Some((text, columns, rows)) = self.cell.take() else { return };
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if rows > 1 {
            self.below.insert(self.column, (text.clone(), rows - 1));
            (1..columns).for_each(|right| {
                self.below.insert(self.column + right, (String::new(), rows - 1));
            });
        }
        if let Some(row) = self.row.as_mut().filter(|_| !text.is_empty()) {
            row.push((self.column, text));
        }
        self.column += columns;
        self.go_on();
    }

    fn end_row(&mut self) -> Option<Row> {
        self.end_cell();
        // Cells above may reach down on the right of the last one.
        while let Some(next) = self.row.as_ref().and_then(|_| self.below.range(self.column..).next()) {
            self.column = *next.0;
            self.go_on();
        }
        self.row.take()
    }
}

/// Hands on the rows of all tables of a page with the number and the caption of their table.
fn walk(
    bytes: &Bytes,
    told: Option<&str>,
    notes: &mut Vec<String>,
    take: &mut dyn FnMut(usize, &str, &Row),
) -> Result<(), DatasetError> {
    let mut emitter = DefaultEmitter::default();
    // Scripts and styles are no text of the page.
    emitter.naively_switch_states(true);
    let input: Box<dyn Read + Send> = letters::utf8(bytes, told, notes)?;
    let tokens = Tokenizer::new_with_emitter(IoReader::new(input), emitter);
    let mut page = Page { open: Vec::new(), count: 0, cells: 0, hidden: 0 };
    for token in tokens {
        let token = token.map_err(|source| unreadable(bytes.named(), source))?;
        page.take(token, take);
        if page.cells > MAX_CELLS {
            return Err(too_large(bytes.named()));
        }
    }
    while let Some(mut table) = page.open.pop() {
        if let Some(row) = table.end_row() {
            take(table.number, &table.caption, &row);
        }
    }
    Ok(())
}

fn too_large(file: &Path) -> DatasetError {
    DatasetError::data(file, format!("has more than {} million cells; export it as csv", MAX_CELLS / 1_000_000))
}

/// A page on its way.
struct Page {
    /// Tables that are open, each in a cell of the one before.
    open: Vec<Open>,
    count: usize,
    cells: usize,
    /// Scripts and styles that are open.
    hidden: usize,
}

impl Page {
    fn take(&mut self, token: Token, take: &mut dyn FnMut(usize, &str, &Row)) {
        match token {
            Token::StartTag(tag) => self.begin(&tag, take),
            Token::EndTag(tag) => self.end(&tag.name, take),
            Token::String(text) if self.hidden == 0 => self.text(&String::from_utf8_lossy(&text)),
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        let Some(table) = self.open.last_mut() else { return };
        if let Some((cell, _, _)) = &mut table.cell {
            cell.push_str(text);
        } else if table.in_caption && table.caption.len() < 80 {
            table.caption.push_str(text.trim());
        }
    }

    fn begin(&mut self, tag: &StartTag<()>, take: &mut dyn FnMut(usize, &str, &Row)) {
        match tag.name.as_slice() {
            b"script" | b"style" if !tag.self_closing => self.hidden += 1,
            b"table" if self.open.len() < DEEPEST => {
                self.open.push(Open { number: self.count, ..Open::default() });
                self.count += 1;
            }
            b"tr" => {
                self.end_row(take);
                if let Some(table) = self.open.last_mut() {
                    table.begin_row();
                }
            }
            b"td" | b"th" => {
                self.cells += 1;
                if let Some(table) = self.open.last_mut() {
                    table.begin_cell(tag);
                }
            }
            b"caption" => {
                if let Some(table) = self.open.last_mut() {
                    table.in_caption = true;
                }
            }
            // Lines of a cell are apart.
            b"br" | b"p" | b"div" | b"li" => self.text(" "),
            _ => {}
        }
    }

    fn end(&mut self, name: &[u8], take: &mut dyn FnMut(usize, &str, &Row)) {
        match name {
            b"script" | b"style" => self.hidden = self.hidden.saturating_sub(1),
            b"tr" | b"thead" | b"tbody" | b"tfoot" => self.end_row(take),
            b"td" | b"th" => {
                if let Some(table) = self.open.last_mut() {
                    table.end_cell();
                }
            }
            b"caption" => {
                if let Some(table) = self.open.last_mut() {
                    table.in_caption = false;
                }
            }
            b"table" => {
                self.end_row(take);
                self.open.pop();
            }
            b"p" | b"div" | b"li" => self.text(" "),
            _ => {}
        }
    }

    fn end_row(&mut self, take: &mut dyn FnMut(usize, &str, &Row)) {
        let Some(table) = self.open.last_mut() else { return };
        if let Some(row) = table.end_row() {
            self.cells += row.len();
            take(table.number, &table.caption, &row);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::dataset::manifest::Table;
    use crate::dataset::read::{RawTable, read};

    fn read_page(page: &str, extra: &str) -> Result<RawTable, String> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.xls"), page).unwrap();
        let table: Table = toml::from_str(&format!("file = 'a.xls'\n{extra}")).unwrap();
        read(folder.path(), &table, &crate::progress::Silent).map_err(|error| error.to_string())
    }

    fn column(raw: &RawTable, name: &str) -> Vec<String> {
        let column = raw.frame.column(name).unwrap().str().unwrap().clone();
        column.iter().map(|text| text.unwrap_or("missing").to_owned()).collect()
    }

    #[test]
    fn cells_are_the_texts_that_a_browser_shows() {
        let raw = read_page(
            "<html><head><style>td { x }</style></head><body><table><thead><tr><th>id<th>na<b>me</b><th>note</tr></thead>
             <tbody><tr><td>1</td><td>Zo&euml; &amp; <i>Co</i></td><td>a<br>b</td></tr>
             <tr><td>2<td>&nbsp;<td><script>no()</script>5 &lt; 6</table></body></html>",
            "",
        )
        .unwrap();
        assert_eq!(raw.frame.get_column_names(), ["id", "name", "note"]);
        assert_eq!(column(&raw, "name"), ["Zoë & Co", "missing"]);
        assert_eq!(column(&raw, "note"), ["a b", "5 < 6"]);
    }

    #[test]
    fn cells_that_span_are_repeated_below_and_blank_on_the_right() {
        let raw = read_page(
            "<table><tr><td colspan=3>Orders of 2024</td></tr><tr><th>city<th>id<th>sum</tr>
             <tr><td rowspan=2>Bari<td>1<td>5</tr><tr><td>2<td>6</tr><tr><td>Roma<td>3<td rowspan=2>7</tr><tr><td>Pisa<td>4</tr></table>",
            "",
        )
        .unwrap();
        assert_eq!(column(&raw, "city"), ["Bari", "Bari", "Roma", "Pisa"]);
        assert_eq!(column(&raw, "sum"), ["5", "6", "7", "7"]);
        assert!(raw.notes.iter().any(|note| note.contains("Orders of 2024")), "{:?}", raw.notes);
    }

    #[test]
    fn of_several_tables_the_largest_is_read_or_the_one_that_is_named() {
        let page = "<table><tr><td><table><tr><th>a<th>b</tr><tr><td>1<td>2</tr></table></td></tr></table>
                    <table><caption>Sales</caption><tr><th>c<th>d</tr><tr><td>3<td>4</tr><tr><td>5<td>6</tr></table>";
        let raw = read_page(page, "").unwrap();
        assert_eq!(column(&raw, "c"), ["3", "5"]);
        assert!(raw.notes[0].contains("The page holds 2 tables; the largest is read, Sales."), "{:?}", raw.notes);
        assert_eq!(column(&read_page(page, "sheet = 'table 2'").unwrap(), "b"), ["2"]);
        assert!(read_page(page, "sheet = 'x'").unwrap_err().contains("has no table \"x\"; its tables are"));
        let message = read_page("<html><body><p>Please log in</p></body></html>", "").unwrap_err();
        assert!(message.contains("is a web page without a table"), "{message}");
    }
}
