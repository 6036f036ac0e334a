//! Files that are told by their first bytes and are not read, with what to do instead.

/// A kind of file that is not read: where its mark stands, the mark, what the file is, and what to do.
pub(super) struct Known {
    at: usize,
    mark: &'static [u8],
    what: &'static str,
    advice: &'static str,
}

const fn known(at: usize, mark: &'static [u8], what: &'static str, advice: &'static str) -> Known {
    Known { at, mark, what, advice }
}

/// What to do with tables of a program that writes csv files.
const AS_CSV: &str = "export the table as csv";

/// What to do with packed files of a kind that is not unpacked.
const UNPACK: &str = "unpack it and import the files in it, or pack them as .zip or .gz";

/// What to do with a file that holds no table.
const NO_TABLE: &str = "export the table in it as csv or .xlsx";

/// Marks, longer ones before shorter ones that begin alike.
const KNOWN: [Known; 52] = [
    known(0, b"HEADER RECORD*******LIB", "a SAS transport file (.xpt)", AS_CSV),
    known(84, b"SAS FILE", "a SAS file (.sas7bdat)", AS_CSV),
    known(0, b"\0\0\0\0\0\0\0\0\0\0\0\0\xc2\xea\x81\x60", "a SAS file (.sas7bdat)", AS_CSV),
    known(0, b"<stata_dta>", "a Stata file (.dta)", AS_CSV),
    known(0, b"$FL2", "an SPSS file (.sav)", AS_CSV),
    known(0, b"$FL3", "an SPSS file (.zsav)", AS_CSV),
    known(40, b"ASCII SPSS PORT FILE", "an SPSS portable file (.por)", AS_CSV),
    known(0, b"ORC", "an ORC file", "export the table as Parquet or csv"),
    known(0, b"Obj\x01", "an Avro file", "export the table as Parquet or csv"),
    known(0, b"PARE", "an encrypted Parquet file", "export the table without encryption"),
    known(0, b"FEA1", "a Feather file of version 1", "save it as Feather version 2, Parquet or csv"),
    known(0, b"\xff\xff\xff\xff", "an Arrow stream", "save it as an Arrow file (Feather version 2), Parquet or csv"),
    known(0, b"RDX2\n", "an R data file (.RData)", "export the table as csv, in R with write.csv"),
    known(0, b"RDX3\n", "an R data file (.RData)", "export the table as csv, in R with write.csv"),
    known(0, b"RDA2\n", "an R data file (.RData)", "export the table as csv, in R with write.csv"),
    known(0, b"RDA3\n", "an R data file (.RData)", "export the table as csv, in R with write.csv"),
    known(0, b"X\n\0\0\0\x02", "an R data file (.rds)", "export the table as csv, in R with write.csv"),
    known(0, b"X\n\0\0\0\x03", "an R data file (.rds)", "export the table as csv, in R with write.csv"),
    known(0, b"\x89HDF\r\n\x1a\n", "an HDF5 file", AS_CSV),
    known(0, b"\x93NUMPY", "a NumPy file (.npy)", AS_CSV),
    known(0, b"MATLAB 5.0 MAT-file", "a MATLAB file (.mat)", AS_CSV),
    known(4, b"Standard Jet DB", "an Access database (.mdb)", "export its tables as csv or .xlsx"),
    known(4, b"Standard ACE DB", "an Access database (.accdb)", "export its tables as csv or .xlsx"),
    known(8, b"DUCK", "a DuckDB database", "export its tables as csv or Parquet"),
    known(0, b"PGDMP", "a dump of a PostgreSQL database", "restore it and read the tables from the database"),
    known(0, b"%PDF", "a PDF document", NO_TABLE),
    known(0, b"{\\rtf", "a text document (.rtf)", NO_TABLE),
    known(0, b"7z\xbc\xaf\x27\x1c", "a 7z archive", UNPACK),
    known(0, b"Rar!\x1a\x07", "a RAR archive", UNPACK),
    known(257, b"ustar", "a tar archive", UNPACK),
    known(0, b"\xfd7zXZ\0", "a file packed with xz", UNPACK),
    known(0, b"BZh", "a file packed with bzip2", UNPACK),
    known(0, b"\x04\x22\x4d\x18", "a file packed with LZ4", UNPACK),
    known(0, b"\x1f\x9d", "a file packed with compress (.Z)", UNPACK),
    known(0, b"\x89PNG\r\n\x1a\n", "a picture (PNG)", NO_TABLE),
    known(0, b"\xff\xd8\xff", "a picture (JPEG)", NO_TABLE),
    known(0, b"GIF87a", "a picture (GIF)", NO_TABLE),
    known(0, b"GIF89a", "a picture (GIF)", NO_TABLE),
    known(0, b"II*\0", "a picture (TIFF)", NO_TABLE),
    known(0, b"MM\0*", "a picture (TIFF)", NO_TABLE),
    known(8, b"WEBP", "a picture (WebP)", NO_TABLE),
    known(4, b"ftyp", "a film or a picture of a telephone", NO_TABLE),
    known(8, b"WAVE", "a sound", NO_TABLE),
    known(0, b"\x7fELF", "a program", "import the file with the table"),
    known(0, b"bplist00", "a settings file of a Mac", NO_TABLE),
    known(0, b"L\0\0\0\x01\x14\x02\0", "a shortcut of Windows", "import the file it leads to"),
    known(0, b"\x09\x04\x06\0", "a workbook of Excel 4", "save it as .xlsx"),
    known(0, b"\x09\x02\x06\0", "a workbook of Excel 3", "save it as .xlsx"),
    known(0, b"\0\0\x02\0\x06\x04", "a Lotus 1-2-3 workbook", "save it as .xlsx"),
    known(0, b"-----BEGIN PGP MESSAGE", "an encrypted file (PGP)", "decrypt it first"),
    known(
        0,
        b"version https://git-lfs.github.com/spec",
        "a pointer of Git LFS to a file",
        "fetch the file with git lfs pull",
    ),
    known(0, b"BEGIN:VCARD", "a file of contacts (.vcf)", "export the contacts as csv"),
];

/// What a file is by its first bytes and what to do, when it is of a known kind that is not read.
pub(super) fn name(head: &[u8]) -> Option<String> {
    // A header may be called ORC or have DUCK in it; a text has no control characters though.
    let is_binary = head.iter().take(512).any(|byte| *byte < 9);
    let shows = |known: &&Known| {
        head.get(known.at..).is_some_and(|rest| rest.starts_with(known.mark))
            && (is_binary || known.mark.len() > 5 || !known.mark.iter().all(u8::is_ascii_alphanumeric))
    };
    let by_mark = KNOWN.iter().find(shows);
    by_mark.map(|known| refusal(known.what, known.advice)).or_else(|| {
        if is_stata(head) {
            Some(refusal("a Stata file (.dta)", AS_CSV))
        } else if is_pickle(head) {
            Some(refusal("a pickle of Python", "save the table as csv or Parquet, in pandas with to_csv"))
        } else if is_dbase(head) {
            Some(refusal("a dBase table (.dbf)", AS_CSV))
        } else if head.starts_with(b"MZ") && head.get(2..).is_some_and(|rest| rest.contains(&0)) {
            Some(refusal("a program of Windows", "import the file with the table"))
        } else if head.starts_with(b"BM") && head.get(6..10) == Some(&[0; 4]) {
            Some(refusal("a picture (BMP)", NO_TABLE))
        } else {
            None
        }
    })
}

/// The sentence that refuses a file.
pub(super) fn refusal(what: &str, advice: &str) -> String {
    format!("is {what}, which is not read; {advice}")
}

/// Versions 8 to 12, which begin with their number, the order of bytes and the kind of file.
fn is_stata(head: &[u8]) -> bool {
    matches!(head, [0x69 | 0x6c | 0x6e | 0x6f | 0x71..=0x73, 1 | 2, 1, 0, ..])
}

/// Protocols 2 to 5.
fn is_pickle(head: &[u8]) -> bool {
    matches!(head, [0x80, 2..=5, rest @ ..] if rest.iter().take(64).any(|byte| !byte.is_ascii() || *byte < b' '))
}

/// A version, a day, and lengths of header and records that fit each other.
fn is_dbase(head: &[u8]) -> bool {
    let [0x02 | 0x03 | 0x30 | 0x31 | 0x43 | 0x83 | 0x8b | 0xf5, _, 1..=12, 1..=31, ..] = head else { return false };
    let Some(lengths) = head.get(8..12) else { return false };
    let header = u16::from_le_bytes([lengths[0], lengths[1]]);
    let record = u16::from_le_bytes([lengths[2], lengths[3]]);
    header > 64 && record > 1 && matches!(header % 32, 1 | 8 | 9)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_are_not_read_are_called_by_their_names() {
        let at = |offset: usize, mark: &[u8]| [&vec![b' '; offset][..], mark, &[0; 400]].concat();
        let dbase = [&[3, 124, 2, 29, 9, 0, 0, 0, 97, 0, 30, 0][..], &[0; 60]].concat();
        for (head, expected) in [
            (at(84, b"SAS FILE"), "is a SAS file (.sas7bdat), which is not read; export the table as csv"),
            (at(0, b"HEADER RECORD*******LIBRARY"), "is a SAS transport file"),
            (at(0, &[0x72, 2, 1, 0, 5]), "is a Stata file"),
            (at(0, b"<stata_dta><header>"), "is a Stata file"),
            (at(0, b"$FL2@(#)"), "is an SPSS file"),
            (at(0, &[0x80, 4, 0x95, 0]), "is a pickle of Python"),
            (at(0, b"BZh91AY&SY\x01"), "is a file packed with bzip2, which is not read; unpack it"),
            (at(257, b"ustar\x0000"), "is a tar archive"),
            (at(4, b"Standard ACE DB"), "is an Access database (.accdb)"),
            (at(0, b"MZ\x90\0\x03"), "is a program of Windows"),
            (at(0, b"BM\x36\x10\x0e\0\0\0\0\0"), "is a picture (BMP)"),
            (at(0, b"%PDF-1.7"), "is a PDF document"),
            (dbase, "is a dBase table"),
        ] {
            let said = name(&head).unwrap_or_default();
            assert!(said.starts_with(expected), "{expected}: {said}");
        }
    }

    #[test]
    fn tables_of_text_are_not_mistaken() {
        for text in [
            "BMI,age\n1,2\n",
            "MZ,x\n1,2\n",
            "id,name\n",
            "ORDER,x\n1,2\n",
            "name,ftypes\n",
            "ORC,b\n1,2\n",
            "\u{80}\u{2},b\n",
        ] {
            assert_eq!(name(text.as_bytes()), None, "{text}");
        }
    }
}
