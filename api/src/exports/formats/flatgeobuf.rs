//! FlatGeobuf, with its packed Hilbert R-tree.
//!
//! The library keeps the features themselves in an unnamed temporary file until all are there, and their places and boxes (72
//! bytes a feature) in memory, as it has to sort them for the index.

use std::fs::File;
use std::io::{BufWriter, Write as _};

use ::flatgeobuf::{ColumnType, FgbCrs, FgbWriter, FgbWriterOptions, GeometryType};
use geozero::{ColumnValue, PropertyProcessor as _};
use mendmap_shared::geo::LonLat;

use super::point::Point;
use super::{Sink, description};
use crate::exports::record::{Kind, Property, Source, Value, moment};

/// A file that is being written.
pub struct FlatGeobuf {
    /// Begun with the first feature.
    writer: Option<FgbWriter<'static>>,
    columns: &'static [Property],
    about: String,
    to: BufWriter<File>,
}

impl FlatGeobuf {
    /// Begins it.
    #[must_use]
    pub fn begin(to: BufWriter<File>, columns: &'static [Property], source: &Source) -> Self {
        Self { writer: None, columns, about: description(source), to }
    }

    /// An index over nothing is none: readers refuse a file that promises one.
    fn writer(columns: &[Property], about: &str, has_features: bool) -> anyhow::Result<FgbWriter<'static>> {
        let options = FgbWriterOptions {
            write_index: has_features,
            crs: FgbCrs { org: Some("EPSG"), code: 4326, name: Some("WGS 84"), ..FgbCrs::default() },
            title: Some("Reports"),
            description: Some(about),
            ..FgbWriterOptions::default()
        };
        let mut writer = FgbWriter::create_with_options("reports", GeometryType::Point, options)?;
        for column in columns {
            let kind = match column.kind {
                Kind::Integer => ColumnType::Long,
                Kind::Number => ColumnType::Double,
                Kind::Text => ColumnType::String,
                Kind::Moment => ColumnType::DateTime,
            };
            writer.add_column(column.name, kind, |builder, made| {
                made.nullable = true;
                made.description = Some(builder.create_string(column.meaning));
            });
        }
        Ok(writer)
    }
}

impl Sink for FlatGeobuf {
    fn write(&mut self, _: i64, location: LonLat, values: &[Value<'_>]) -> anyhow::Result<()> {
        let (mut written, columns) = (Ok(true), self.columns);
        let writer = match &mut self.writer {
            Some(writer) => writer,
            none => none.insert(Self::writer(columns, &self.about, true)?),
        };
        writer.add_feature_geom(Point(location), |feature| {
            for (n, (column, value)) in columns.iter().zip(values).enumerate() {
                let text;
                let value = match value {
                    // What is not there is not written.
                    Value::Empty => continue,
                    Value::Integer(number) => ColumnValue::Long(*number),
                    Value::Number(number) => ColumnValue::Double(*number),
                    Value::Text(text) => ColumnValue::String(text),
                    Value::Moment(at) => {
                        text = moment(*at);
                        ColumnValue::DateTime(&text)
                    }
                };
                if written.is_ok() {
                    written = feature.property(n, column.name, &value);
                }
            }
        })?;
        written?;
        Ok(())
    }

    fn finish(self: Box<Self>) -> anyhow::Result<()> {
        let Self { writer, columns, about, mut to } = *self;
        let writer = writer.map_or_else(|| Self::writer(columns, &about, false), Ok)?;
        writer.write(&mut to)?;
        to.flush()?;
        Ok(to.get_ref().sync_all()?)
    }
}
