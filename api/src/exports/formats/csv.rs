//! CSV as councils publish it: a line of names, then one row a report, with ward, easting and northing, longitude and latitude, and
//! a date for each thing that happened to it.

use std::borrow::Cow;
use std::fs::File;
use std::io::{BufWriter, Write};

use anyhow::anyhow;
use mendmap_shared::geo::LonLat;

use super::Sink;
use crate::exports::record::{Property, Value, moment};

/// Columns that the geometry has, where a format has no place for one.
const COORDINATES: [&str; 2] = ["longitude", "latitude"];

/// A table that is being written.
pub struct Table<W: Write> {
    writer: ::csv::Writer<W>,
}

impl<W: Write> Table<W> {
    /// Begins it with the line of names.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn begin(to: W, columns: &[Property]) -> anyhow::Result<Self> {
        let mut table = Self::go_on(to);
        table.writer.write_record(columns.iter().map(|column| column.name).chain(COORDINATES))?;
        Ok(table)
    }

    /// Goes on with one that was begun.
    pub fn go_on(to: W) -> Self {
        Self { writer: ::csv::WriterBuilder::new().flexible(true).from_writer(to) }
    }

    /// Writes one row.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&mut self, location: LonLat, values: &[Value<'_>]) -> anyhow::Result<()> {
        for value in values {
            self.writer.write_field(cell(value).as_bytes())?;
        }
        self.writer.write_record([location.lon().to_string(), location.lat().to_string()])?;
        Ok(())
    }

    /// What all of it was written to.
    ///
    /// # Errors
    /// When what is left cannot be written.
    pub fn into_inner(self) -> anyhow::Result<W> {
        self.writer.into_inner().map_err(|error| anyhow!("{error}"))
    }
}

impl Sink for Table<BufWriter<File>> {
    fn write(&mut self, _: i64, location: LonLat, values: &[Value<'_>]) -> anyhow::Result<()> {
        Self::write(self, location, values)
    }

    fn finish(self: Box<Self>) -> anyhow::Result<()> {
        Ok(self.into_inner()?.into_inner()?.sync_all()?)
    }
}

fn cell<'a>(value: &'a Value<'_>) -> Cow<'a, str> {
    match value {
        Value::Empty => Cow::Borrowed(""),
        Value::Integer(number) => number.to_string().into(),
        Value::Number(number) => number.to_string().into(),
        Value::Text(text) => harmless(text),
        Value::Moment(at) => moment(*at).into(),
    }
}

/// A cell that no spreadsheet takes for a formula (OWASP, "CSV Injection").
#[must_use]
pub fn harmless(text: &str) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) { format!("'{text}").into() } else { text.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_looks_like_a_formula_is_none() {
        assert_eq!(harmless("=HYPERLINK(\"x\")"), "'=HYPERLINK(\"x\")");
        assert_eq!(harmless("\n=1+1"), "'\n=1+1");
        assert_eq!(harmless("a = b"), "a = b");
    }

    #[test]
    fn a_number_below_nothing_stays_a_number() {
        assert_eq!(cell(&Value::Number(-2.5)), "-2.5");
        assert_eq!(cell(&Value::Text("-2.5".into())), "'-2.5");
    }
}
