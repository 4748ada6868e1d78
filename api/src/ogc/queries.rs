//! Reading features.

use chrono::{DateTime, Utc};
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::result::Error;
use diesel::sql_types::{BigInt, Double, Nullable, Text, Timestamptz};
use diesel::{QueryableByName, sql_query};
use mendmap_shared::limits::OGC_COUNT_MAX;

use super::collections::{Collection, Property, Reading};
use super::sql::{Condition, Sql, Statement};
use crate::exports;
use crate::exports::queries::Names;
use crate::exports::record::{Kind, Record};
use crate::reports::listing;

/// How long a page waits to be told how many features there are in all.
const COUNT_PATIENCE: &str = "SET LOCAL statement_timeout = '500ms'";

/// A feature that the table describes.
#[derive(Debug, Clone, QueryableByName)]
pub struct Row {
    /// Its number.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// Its properties, as a JSON object.
    #[diesel(sql_type = Text)]
    pub properties: String,
    /// Its geometry, as GeoJSON in degrees, longitude first.
    #[diesel(sql_type = Nullable<Text>)]
    pub geometry: Option<String>,
}

/// Features that were read.
#[derive(Debug, Clone)]
pub enum Features {
    /// Reports.
    Records(Vec<Record>),
    /// Others.
    Rows(Vec<Row>),
}

impl Features {
    /// How many.
    #[must_use]
    pub fn count(&self) -> usize {
        match self {
            Self::Records(all) => all.len(),
            Self::Rows(all) => all.len(),
        }
    }

    /// Leaves out all but so many, and says which number is the last of them, where there were more.
    pub fn cut(&mut self, limit: i64) -> Option<i64> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = self.count() > limit;
        let last = match self {
            Self::Records(all) => {
                all.truncate(limit);
                all.last().map(|record| record.id)
            }
            Self::Rows(all) => {
                all.truncate(limit);
                all.last().map(|row| row.id)
            }
        };
        last.filter(|_| more)
    }
}

/// Features that meet all conditions and whose number is greater than `after`, by number, `limit` at most.
///
/// # Errors
/// From the database.
pub fn features(
    conn: &mut PgConnection,
    collection: &Collection,
    base_url: &str,
    conditions: &[Sql],
    after: i64,
    limit: i64,
) -> QueryResult<Features> {
    let Reading::Table { address } = collection.reading else {
        let names = Names::load(conn)?;
        let conditions = conditions.iter().map(|sql| Box::new(Condition(sql.clone())) as listing::Condition).collect();
        return exports::queries::records(conn, &names, conditions, after, limit).map(Features::Records);
    };
    let mut sql = Sql::of("SELECT ");
    sql.text(collection.key).text(" AS id, json_build_object(");
    for (place, property) in collection.properties.iter().enumerate() {
        sql.text(if place == 0 { "'" } else { ", '" }).text(property.name()).text("', ");
        told(&mut sql, property, address, base_url);
    }
    // Nine digits after the point are a tenth of a millimetre.
    sql.text(")::text AS properties, ST_AsGeoJSON(").text(collection.geometry).text(", 9) AS geometry");
    chosen(&mut sql, collection, conditions);
    sql.text(" AND ").text(collection.key).text(" > ").integer(after);
    sql.text(" ORDER BY ").text(collection.key).text(" LIMIT ").integer(limit);
    Statement(sql).load(conn).map(Features::Rows)
}

/// The value of a property as JSON has it.
fn told(sql: &mut Sql, property: &Property, address: Option<(&'static str, &'static str)>, base_url: &str) {
    match (property.sql, property.kind()) {
        // As records write moments.
        (Some(column), Kind::Moment) => {
            sql.text("to_char(").text(column).text(" AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')");
        }
        (Some(column), _) => {
            sql.text(column);
        }
        (None, _) => match address.filter(|(name, _)| *name == property.name()) {
            Some((_, path)) => {
                sql.string(base_url).text(" || ").text(path);
            }
            None => {
                sql.text("NULL");
            }
        },
    }
}

/// From which tables, and which of their rows.
fn chosen(sql: &mut Sql, collection: &Collection, conditions: &[Sql]) {
    sql.text(" FROM ").text(collection.from).text(" WHERE ").text(collection.public);
    for condition in conditions {
        sql.text(" AND (").sql(condition.clone()).text(")");
    }
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// How many features meet all conditions; none where they are more than [`OGC_COUNT_MAX`] and would have to be counted one by one,
/// or where counting takes longer than a page waits for it: a page is found as soon as it is full, while all features have to be
/// looked at to count those that meet a condition.
///
/// # Errors
/// From the database.
pub fn count(conn: &mut PgConnection, collection: &Collection, conditions: &[Sql]) -> QueryResult<Option<i64>> {
    // A transaction, or a savepoint in one: the limit ends with it, and so does the trouble of a statement that was broken off.
    let counted = conn.transaction(|conn| {
        conn.batch_execute(COUNT_PATIENCE)?;
        count_all(conn, collection, conditions)
    });
    match counted {
        Err(Error::DatabaseError(_, ref info)) if info.message().contains("statement timeout") => Ok(None),
        counted => counted,
    }
}

fn count_all(conn: &mut PgConnection, collection: &Collection, conditions: &[Sql]) -> QueryResult<Option<i64>> {
    if conditions.is_empty() && collection.reading == Reading::Records {
        // The map has counted them, but for the changes that it has yet to fold in.
        let counted = "SELECT (SELECT coalesce(sum(count), 0) FROM map_counts WHERE level = 3)::bigint \
                       + (SELECT coalesce(sum(count), 0) FROM map_changes)::bigint AS count";
        return sql_query(counted).get_result(conn).map(|found: Count| Some(found.count));
    }
    let mut sql = Sql::of("SELECT count(*) AS count FROM (SELECT 1");
    chosen(&mut sql, collection, conditions);
    sql.text(" LIMIT ").integer(OGC_COUNT_MAX + 1).text(") AS found");
    let found: Count = Statement(sql).get_result(conn)?;
    Ok(Some(found.count).filter(|count| *count <= OGC_COUNT_MAX))
}

/// How far the geometries of a collection reach, and since when there are features.
#[derive(Debug, Clone, Copy, PartialEq, QueryableByName)]
pub struct Extent {
    #[diesel(sql_type = Nullable<Double>)]
    west: Option<f64>,
    #[diesel(sql_type = Nullable<Double>)]
    south: Option<f64>,
    #[diesel(sql_type = Nullable<Double>)]
    east: Option<f64>,
    #[diesel(sql_type = Nullable<Double>)]
    north: Option<f64>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    since: Option<DateTime<Utc>>,
}

impl Extent {
    /// West, south, east, north in degrees; none where there is nothing.
    #[must_use]
    pub fn bbox(&self) -> Option<[f64; 4]> {
        Some([self.west?, self.south?, self.east?, self.north?])
    }

    /// When the first report was made.
    #[must_use]
    pub const fn since(&self) -> Option<DateTime<Utc>> {
        self.since
    }
}

/// How far a collection reaches: what lies nearest to each edge of the world, which the index of a geometry tells.
///
/// # Errors
/// From the database.
pub fn extent(conn: &mut PgConnection, collection: &Collection) -> QueryResult<Extent> {
    let (table, column) = collection.extent;
    let mut sql = Sql::of("SELECT ");
    for (name, function, edge) in [
        ("west", "ST_XMin", "ST_MakeEnvelope(-181, -91, -181, 91, 4326)"),
        ("south", "ST_YMin", "ST_MakeEnvelope(-181, -91, 181, -91, 4326)"),
        ("east", "ST_XMax", "ST_MakeEnvelope(181, -91, 181, 91, 4326)"),
        ("north", "ST_YMax", "ST_MakeEnvelope(-181, 91, 181, 91, 4326)"),
    ] {
        sql.text("(SELECT ").text(function).text("(").text(column).text(") FROM ").text(table);
        sql.text(if table == "reports" { " WHERE visibility = 'published'" } else { "" });
        sql.text(" ORDER BY ").text(column).text(" <#> ").text(edge).text(" LIMIT 1) AS ").text(name).text(", ");
    }
    sql.text("(SELECT min(created_at) FROM reports WHERE visibility = 'published') AS since");
    Statement(sql).get_result(conn)
}
