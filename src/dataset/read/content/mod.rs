//! What a file is, told by its content: the ending of its name may say anything.

mod compound;
mod known;
mod text;

use std::io::{Read, Seek};
use std::path::Path;

pub(super) use self::compound::Compound;
use self::compound::MARK;
use crate::dataset::manifest::Format;

/// First bytes that are looked at.
pub(super) const HEAD: usize = 1 << 16;

/// What a file holds.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Content {
    /// Nothing at all.
    Empty,
    /// Rows of text; what separates columns is told later.
    Text,
    /// Tables of a format that is told for sure.
    Table(Format),
    /// A file packed with gzip.
    Gzip,
    /// A file packed with Zstandard.
    Zstandard,
    /// A zip file, which is an archive, a workbook or a document.
    Zip,
    /// A compound file, which is a workbook, encrypted or not, or a document.
    Compound,
    /// What is not read, in the sentence that says so.
    Refused(String),
}

/// What the first bytes of a file show.
pub(super) fn of(head: &[u8]) -> Content {
    match head {
        [] => Content::Empty,
        [0x1f, 0x8b, 8, ..] => Content::Gzip,
        [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Content::Zstandard,
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Content::Zip,
        [b'P', b'K', 7, 8, ..] => {
            Content::Refused("is a part of a divided zip archive; join its parts first".to_owned())
        }
        [b'P', b'A', b'R', b'1', ..] => Content::Table(Format::Parquet),
        _ if head.starts_with(b"ARROW1\0\0") => Content::Table(Format::Arrow),
        _ if head.starts_with(b"SQLite format 3\0") => Content::Table(Format::Sqlite),
        _ if head.starts_with(&MARK) => Content::Compound,
        _ => known::name(head).map_or_else(|| text::of(head), Content::Refused),
    }
}

/// What a compound file is.
pub(super) fn of_compound(input: impl Read + Seek) -> Content {
    let Some(names) = Compound::open(input).and_then(|compound| compound.names()) else {
        return Content::Refused(
            "is a damaged workbook or document of Microsoft Office; open it there and save it again".to_owned(),
        );
    };
    let has = |wanted: &str| names.iter().any(|name| name.eq_ignore_ascii_case(wanted));
    let named = |what: &str, advice: &str| Content::Refused(known::refusal(what, advice));
    if has("EncryptedPackage") || has("EncryptionInfo") {
        Content::Refused("is protected by a password; open it, remove the password and save it as .xlsx".to_owned())
    } else if has("WordDocument") {
        named("a Word document (.doc)", "export the table in it as csv or .xlsx")
    } else if has("PowerPoint Document") {
        named("a PowerPoint presentation (.ppt)", "export the table in it as csv or .xlsx")
    } else if has("Workbook") || has("Book") {
        Content::Table(Format::Xls)
    } else if names.iter().any(|name| name.starts_with("__substg1.0_") || name.starts_with("__properties")) {
        named("a message of Outlook (.msg)", "save what is attached to it and import that")
    } else {
        named("a file of a program of Microsoft", "export the table in it as csv or .xlsx")
    }
}

/// What a zip file with such parts is when it is no archive of files.
pub(super) fn of_zip<'a>(parts: &(impl Iterator<Item = &'a str> + Clone)) -> Option<Content> {
    const TABLE: &str = "export the table in it as csv or .xlsx";
    let has = |wanted: &str| parts.clone().any(|name| name.eq_ignore_ascii_case(wanted));
    let begins = |wanted: &str| parts.clone().any(|name| name.to_ascii_lowercase().starts_with(wanted));
    let named = |what: &str, advice: &str| Some(Content::Refused(known::refusal(what, advice)));
    if has("xl/workbook.bin") {
        Some(Content::Table(Format::Xlsb))
    } else if has("xl/workbook.xml") || has("[Content_Types].xml") && begins("xl/") {
        Some(Content::Table(Format::Xlsx))
    } else if has("word/document.xml") {
        named("a Word document (.docx)", TABLE)
    } else if has("ppt/presentation.xml") {
        named("a PowerPoint presentation (.pptx)", TABLE)
    } else if has("DataModel") && has("[Content_Types].xml") {
        named("a report of Power BI (.pbix)", "export its tables as csv or .xlsx")
    } else if has("Index/Document.iwa") || has("Index.zip") || begins("index/tables/") {
        named("a Numbers document", "export it as .xlsx or csv")
    } else if has("mimetype") && has("content.xml") {
        // Text documents and presentations have the same parts; their kind stands in the part mimetype.
        Some(Content::Table(Format::Ods))
    } else if has("META-INF/MANIFEST.MF") {
        named("a program (.jar)", "import the file with the table")
    } else if has("[Content_Types].xml") {
        named("a document of Microsoft Office", TABLE)
    } else {
        None
    }
}

/// The format of a file's ending, without one of a packing in front of it.
pub(crate) fn of_ending(file: &Path) -> Option<Format> {
    let ending = |file: &Path| file.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
    let known = |ending: &str| Format::ALL.into_iter().find(|format| format.endings().contains(&ending));
    let last = ending(file)?;
    if ["gz", "zst", "zip"].contains(&last.as_str()) {
        return known(&ending(Path::new(file.file_stem()?))?);
    }
    known(&last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::manifest::stem;

    #[test]
    fn parts_of_a_zip_file_tell_what_it_is() {
        let shown = |parts: &[&str]| match of_zip(&parts.iter().copied()) {
            None => "archive".to_owned(),
            Some(Content::Table(format)) => format.word().to_owned(),
            Some(Content::Refused(sentence)) => sentence,
            Some(other) => format!("{other:?}"),
        };
        for (parts, expected) in [
            (&["[Content_Types].xml", "xl/workbook.xml"][..], "xlsx"),
            (&["[Content_Types].xml", "xl/workbook.bin"], "xlsb"),
            (&["mimetype", "content.xml"], "ods"),
            (&["orders.csv", "customers.csv"], "archive"),
            (&["[Content_Types].xml", "word/document.xml"], "is a Word document (.docx), which is not read"),
            (&["Index/Document.iwa", "preview.jpg"], "is a Numbers document, which is not read; export it as .xlsx"),
        ] {
            assert!(shown(parts).starts_with(expected), "{}", shown(parts));
        }
    }

    #[test]
    fn a_stem_is_a_name_without_folders_and_endings() {
        for (name, expected) in
            [("a/b/orders.csv.gz", "orders"), ("orders.csv", "orders"), ("v1.2.csv", "v1.2"), ("orders", "orders")]
        {
            assert_eq!(stem(name), expected);
        }
    }

    #[test]
    fn an_ending_is_looked_at_below_that_of_a_packing() {
        for (name, format) in [
            ("a.csv", Some(Format::Csv)),
            ("a.TSV.gz", Some(Format::Tsv)),
            ("a.jsonl.zst", Some(Format::Json)),
            ("a.csv.zip", Some(Format::Csv)),
            ("a.zip", None),
            ("a", None),
            ("a.feather", Some(Format::Arrow)),
        ] {
            assert_eq!(of_ending(Path::new(name)), format, "{name}");
        }
    }
}
