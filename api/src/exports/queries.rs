//! Reading records.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Nullable, Text};
use mendmap_shared::workflow::Status;
use postgis_diesel::types::Point;

use super::record::Record;
use crate::db::Stored;
use crate::reports::listing::Condition;
use crate::reports::models::lon_lat;
use crate::schema::{areas, bodies, reports};

/// Names that many records share: read once for an answer.
#[derive(Debug, Clone, Default)]
pub struct Names {
    wards: HashMap<i64, String>,
    councils: HashMap<i64, String>,
    bodies: HashMap<i64, String>,
}

impl Names {
    /// All of them.
    ///
    /// # Errors
    /// From the database.
    pub fn load(conn: &mut PgConnection) -> QueryResult<Self> {
        let mut names = Self {
            bodies: bodies::table.select((bodies::id, bodies::slug)).load(conn)?.into_iter().collect(),
            ..Self::default()
        };
        let found: Vec<(i64, String, String)> =
            areas::table.select((areas::id, areas::kind, areas::name)).load(conn)?;
        for (id, kind, name) in found {
            if kind == "ward" { &mut names.wards } else { &mut names.councils }.insert(id, name);
        }
        Ok(names)
    }
}

#[derive(Queryable)]
struct Row {
    id: i64,
    location: Point,
    title: String,
    detail: String,
    category_code: String,
    category_name: String,
    category_group: String,
    status: Stored<Status>,
    street: Option<String>,
    created_at: DateTime<Utc>,
    confirmed_at: Option<DateTime<Utc>>,
    sent_at: Option<DateTime<Utc>>,
    answered_at: Option<DateTime<Utc>>,
    fixed_at: Option<DateTime<Utc>>,
    closed_at: Option<DateTime<Utc>>,
    updated_at: DateTime<Utc>,
    supporter_count: i32,
    update_count: i32,
    body_ids: Vec<Option<i64>>,
    area_ids: Vec<i64>,
    photos: i32,
    photo: Option<String>,
}

impl Row {
    fn into_record(self, names: &Names) -> QueryResult<Record> {
        let named = |known: &HashMap<i64, String>| self.area_ids.iter().find_map(|id| known.get(id)).cloned();
        Ok(Record {
            id: self.id,
            location: lon_lat(&self.location)?,
            ward: named(&names.wards),
            council: named(&names.councils),
            bodies: self.body_ids.iter().flatten().filter_map(|id| names.bodies.get(id)).cloned().collect(),
            title: self.title,
            description: self.detail,
            category: self.category_code,
            category_name: self.category_name,
            group: self.category_group,
            status: self.status.0,
            street: self.street,
            reported: self.created_at,
            confirmed: self.confirmed_at,
            sent: self.sent_at,
            first_answer: self.answered_at,
            fixed: self.fixed_at,
            closed: self.closed_at,
            updated: self.updated_at,
            supporters: self.supporter_count,
            updates: self.update_count,
            photos: self.photos,
            photo: self.photo,
        })
    }
}

/// Published reports that match all conditions and whose number is greater than `after`, by number: at most `limit`.
///
/// # Errors
/// From the database.
pub fn records(
    conn: &mut PgConnection,
    names: &Names,
    mut conditions: Vec<Condition>,
    after: i64,
    limit: i64,
) -> QueryResult<Vec<Record>> {
    conditions.push(Box::new(reports::visibility.eq("published")));
    of_any_visibility(conn, names, conditions, after, limit)
}

/// The same for whoever says among the conditions who may see them.
pub(super) fn of_any_visibility(
    conn: &mut PgConnection,
    names: &Names,
    conditions: Vec<Condition>,
    after: i64,
    limit: i64,
) -> QueryResult<Vec<Record>> {
    let mut query = reports::table
        .filter(reports::id.gt(after))
        .order(reports::id)
        .limit(limit)
        .select((
            reports::id,
            reports::location,
            reports::title,
            reports::detail,
            reports::category_code,
            reports::category_name,
            reports::category_group,
            reports::status,
            reports::street,
            reports::created_at,
            reports::confirmed_at,
            reports::sent_at,
            reports::answered_at,
            reports::fixed_at,
            reports::closed_at,
            reports::updated_at,
            reports::supporter_count,
            reports::update_count,
            reports::body_ids,
            sql::<Array<BigInt>>(
                "ARRAY(SELECT a.area_id FROM report_areas a WHERE a.report_id = reports.id ORDER BY a.area_id)",
            ),
            sql::<Integer>("(SELECT count(*)::integer FROM report_photos p WHERE p.report_id = reports.id)"),
            sql::<Nullable<Text>>(
                "(SELECT p.photo_id FROM report_photos p WHERE p.report_id = reports.id ORDER BY p.position LIMIT 1)",
            ),
        ))
        .into_boxed();
    for condition in conditions {
        query = query.filter(condition);
    }
    query.load::<Row>(conn)?.into_iter().map(|row| row.into_record(names)).collect()
}
