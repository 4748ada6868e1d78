//! CSV files with named columns, read by line.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use csv::StringRecord;
use mendmap_shared::geo::{GeoError, LonLat};

use super::Options;
use super::report::{BadRows, ImportError};

/// A column: what it holds, by the names files give it, in lower case.
pub(super) struct Column {
    pub names: &'static [&'static str],
    pub required: bool,
}

/// The columns of a file, found in its first line.
pub(super) struct Columns(Vec<Option<usize>>);

/// One row, with its columns in the order they were asked for.
pub(super) struct Row<'a> {
    record: &'a StringRecord,
    columns: &'a Columns,
}

impl Row<'_> {
    /// The trimmed text of a column, if there is any.
    pub fn text(&self, column: usize) -> Option<&str> {
        let at = self.columns.0.get(column).copied().flatten()?;
        Some(self.record.get(at)?.trim()).filter(|text| !text.is_empty())
    }

    /// The point in two columns.
    pub fn point(&self, lat: usize, lon: usize) -> Result<LonLat, String> {
        let number = |column: usize, what: &str| -> Result<f64, String> {
            let text = self.text(column).ok_or_else(|| format!("there is no {what}"))?;
            text.parse().map_err(|_| format!("the {what} {text:?} is not a number"))
        };
        let (lat, lon) = (number(lat, "latitude")?, number(lon, "longitude")?);
        LonLat::new(lon, lat).map_err(|error: GeoError| error.to_string())
    }
}

/// Reads a file row by row. `take` answers why a row cannot be taken. Returns how many rows there were.
pub(super) fn read(
    path: &Path,
    wanted: &[Column],
    options: &Options,
    bad: &mut BadRows,
    mut take: impl FnMut(u64, &Row<'_>) -> Result<(), String>,
) -> Result<u64, ImportError> {
    let file = File::open(path).map_err(|error| ImportError::file(path, error))?;
    options.progress.reading(file.metadata().map_or(0, |meta| meta.len()));
    let reader = options.progress.follow(BufReader::new(file));
    let mut reader = csv::ReaderBuilder::new().from_reader(skip_bom(reader).map_err(|e| ImportError::file(path, e))?);
    let header = reader.headers().map_err(|error| ImportError::form(path, error))?.clone();
    let columns = find_columns(&header, wanted).map_err(|reason| ImportError::form(path, reason))?;

    let mut count = 0;
    let mut record = StringRecord::new();
    loop {
        // The line a record begins on: a quoted field may hold line ends.
        match reader.read_record(&mut record) {
            Ok(false) => return Ok(count),
            Ok(true) => {
                count += 1;
                let line = record.position().map_or(count + 1, csv::Position::line);
                // The database takes every character but this one, and would not say where it stood.
                let taken = if record.iter().any(|field| field.contains('\0')) {
                    Err("it holds a NUL character".to_owned())
                } else {
                    take(line, &Row { record: &record, columns: &columns })
                };
                if let Err(reason) = taken {
                    bad.push(format!("line {line}"), reason);
                }
            }
            Err(error) => match error.kind() {
                csv::ErrorKind::UnequalLengths { pos, expected_len, len } => {
                    count += 1;
                    let line = pos.as_ref().map_or(count + 1, csv::Position::line);
                    bad.push(format!("line {line}"), format!("it has {len} fields, the first line has {expected_len}"));
                }
                csv::ErrorKind::Utf8 { pos, .. } => {
                    count += 1;
                    let line = pos.as_ref().map_or(count + 1, csv::Position::line);
                    bad.push(format!("line {line}"), "it is not UTF-8 text");
                }
                _ => return Err(ImportError::file(path, error)),
            },
        }
    }
}

fn find_columns(header: &StringRecord, wanted: &[Column]) -> Result<Columns, String> {
    let places: HashMap<String, usize> =
        header.iter().enumerate().map(|(at, name)| (name.trim().to_lowercase(), at)).collect();
    let mut columns = Vec::with_capacity(wanted.len());
    for Column { names, required } in wanted {
        let at = names.iter().find_map(|name| places.get(*name).copied());
        if at.is_none() && *required {
            return Err(format!("the first line names no column {}", names.join(" or ")));
        }
        columns.push(at);
    }
    Ok(Columns(columns))
}

/// Spreadsheets put a byte order mark before the first column's name.
fn skip_bom<R: Read>(mut reader: R) -> std::io::Result<impl Read> {
    let mut start = Vec::with_capacity(3);
    reader.by_ref().take(3).read_to_end(&mut start)?;
    if start == [0xEF, 0xBB, 0xBF] {
        start.clear();
    }
    Ok(std::io::Cursor::new(start).chain(reader))
}
