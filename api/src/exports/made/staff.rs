//! What staff of a body take out of their desk: its reports with what is not public about them. A type and a query of their own, so
//! that nothing of it can come into what is public.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::dsl::{exists, sql};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use mendmap_shared::geo::LonLat;
use mendmap_shared::questions::{Answers, Question};
use mendmap_shared::text::SearchText;
use mendmap_shared::wire::exports::NewDeskExport;
use serde::{Deserialize, Serialize};

use crate::error::{ApiError, ApiResult};
use crate::exports::formats::Row;
use crate::exports::queries::{Names, of_any_visibility};
use crate::exports::record::{COUNT, Kind, PROPERTIES, Property, Record, Source, Value};
use crate::reports::listing::{Condition, statuses};
use crate::reports::rules::answers_in_words;
use crate::schema::{report_bodies, report_contacts, reports};

/// What comes after the public properties.
const PRIVATE: [Property; 7] = [
    private("visibility", Kind::Text, "published, or private: only the person, the body and its staff see it"),
    private("due", Kind::Moment, "When the body means to have finished"),
    private("reporter_name", Kind::Text, "Name of the person who reported it"),
    private("reporter_email", Kind::Text, "Their e-mail address"),
    private("reporter_phone", Kind::Text, "Their telephone number"),
    private("reporter_anonymous", Kind::Text, "yes where their name stays off the public page, no where it need not"),
    private("answers", Kind::Text, "The extra questions and their answers"),
];

const fn private(name: &'static str, kind: Kind, meaning: &'static str) -> Property {
    Property { name, kind, meaning }
}

const ALL: [Property; COUNT + PRIVATE.len()] = {
    let mut all = [PROPERTIES[0]; COUNT + PRIVATE.len()];
    let mut n = 0;
    while n < all.len() {
        all[n] = if n < COUNT { PROPERTIES[n] } else { PRIVATE[n - COUNT] };
        n += 1;
    }
    all
};

/// A report as staff of its body take it out.
#[derive(Debug, Clone, PartialEq)]
pub struct StaffRecord {
    /// What would be public about it.
    pub record: Record,
    visibility: String,
    due: Option<DateTime<Utc>>,
    contact: Option<Contact>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Contact {
    name: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    anonymous: bool,
    answers: String,
}

impl Row for StaffRecord {
    const COLUMNS: &'static [Property] = &ALL;

    fn id(&self) -> i64 {
        self.record.id
    }

    fn location(&self) -> LonLat {
        self.record.location
    }

    fn values<'a>(&'a self, source: &'a Source) -> Vec<Value<'a>> {
        let text = |text: &'a str| if text.is_empty() { Value::Empty } else { Value::Text(text.into()) };
        let of = |one: fn(&Contact) -> Option<&str>| self.contact.as_ref().and_then(one).map_or(Value::Empty, text);
        let mut all: Vec<Value<'a>> = self.record.values(source).into();
        all.extend([
            text(&self.visibility),
            self.due.map_or(Value::Empty, Value::Moment),
            of(|contact| contact.name.as_deref()),
            of(|contact| contact.email.as_deref()),
            of(|contact| contact.phone.as_deref()),
            of(|contact| Some(if contact.anonymous { "yes" } else { "no" })),
            of(|contact| Some(&contact.answers)),
        ]);
        all
    }
}

/// What staff want less of than all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffFilter {
    status: Option<String>,
    category: Option<String>,
    q: Option<String>,
}

impl StaffFilter {
    /// Checks what was asked for. Empty texts count as absent.
    ///
    /// # Errors
    /// Names the first field that cannot be read.
    pub fn of(wanted: &NewDeskExport) -> ApiResult<Self> {
        let tidy = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
        let (status, category, q) = (tidy(&wanted.status), tidy(&wanted.category), tidy(&wanted.q));
        statuses(status.as_deref())?;
        let q = q.as_deref().map(str::parse::<SearchText>).transpose();
        let q = q.map_err(|code| ApiError::field("q", code))?.map(String::from);
        if let Some((name, _)) = [("category", &category)].into_iter().find(|(_, text)| has_nul(text.as_ref())) {
            return Err(ApiError::field(name, mendmap_shared::error::FieldCode::Invalid));
        }
        Ok(Self { status, category, q })
    }

    /// As text, in one fixed form.
    ///
    /// # Errors
    /// When it cannot be written, which is our fault.
    pub fn form(&self) -> ApiResult<String> {
        serde_urlencoded::to_string(self).map_err(ApiError::internal)
    }

    /// Reads what [`Self::form`] wrote.
    ///
    /// # Errors
    /// When it was written by another version.
    pub fn read(text: &str) -> ApiResult<Self> {
        serde_urlencoded::from_str(text).map_err(ApiError::internal)
    }

    /// What the desk of this body shows of it.
    #[must_use]
    pub fn conditions(&self, body: i64) -> Vec<Condition> {
        let came_to = report_bodies::table
            .filter(report_bodies::report_id.eq(reports::id))
            .filter(report_bodies::body_id.eq(body));
        let mut all: Vec<Condition> =
            vec![Box::new(exists(came_to)), Box::new(reports::visibility.eq_any(["published", "private"]))];
        let wanted = statuses(self.status.as_deref()).unwrap_or_default();
        if !wanted.is_empty() {
            let words: Vec<&'static str> = wanted.iter().map(|status| status.as_str()).collect();
            all.push(Box::new(reports::status.eq_any(words)));
        }
        if let Some(category) = &self.category {
            let named = reports::category_code.eq(category.clone()).or(reports::category_group.eq(category.clone()));
            all.push(Box::new(named));
        }
        if let Some(text) = &self.q {
            let number: Option<i64> = text.trim_start_matches('#').parse().ok();
            let said = sql::<Bool>("reports.search @@ websearch_to_tsquery('english', ")
                .bind::<Text, _>(text.clone())
                .sql(")");
            all.push(Box::new(reports::id.eq(number.unwrap_or_default()).or(said)));
        }
        all
    }
}

fn has_nul(text: Option<&String>) -> bool {
    text.is_some_and(|text| text.contains('\0'))
}

/// Reports that match all conditions and whose number is greater than `after`, by number, with what is private about them: at most
/// `limit`. The conditions have to say whose reports they are: see [`StaffFilter::conditions`].
///
/// # Errors
/// From the database.
pub fn records(
    conn: &mut PgConnection,
    names: &Names,
    conditions: Vec<Condition>,
    after: i64,
    limit: i64,
) -> QueryResult<Vec<StaffRecord>> {
    type Known = (i64, String, Option<DateTime<Utc>>, Option<ContactRow>);
    let found = of_any_visibility(conn, names, conditions, after, limit)?;
    let ids: Vec<i64> = found.iter().map(|record| record.id).collect();
    let known: Vec<Known> = reports::table
        .left_join(report_contacts::table)
        .filter(reports::id.eq_any(ids))
        .select((reports::id, reports::visibility, reports::due_at, Option::<ContactRow>::as_select()))
        .load(conn)?;
    let mut known: HashMap<i64, _> = known.into_iter().map(|(id, seen, due, row)| (id, (seen, due, row))).collect();
    let whole = |record: Record| {
        let (visibility, due, row) = known.remove(&record.id)?;
        Some(StaffRecord { record, visibility, due, contact: row.map(ContactRow::into_contact) })
    };
    Ok(found.into_iter().filter_map(whole).collect())
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = report_contacts)]
struct ContactRow {
    name: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    anonymous: bool,
    answers: serde_json::Value,
    questions: serde_json::Value,
}

impl ContactRow {
    fn into_contact(self) -> Contact {
        // What was written under other rules and cannot be read any more is no reason to keep back the rest.
        let answers: Answers = serde_json::from_value(self.answers).unwrap_or_default();
        let questions: Vec<Question> = serde_json::from_value(self.questions).unwrap_or_default();
        let shown = answers_in_words(&questions, &answers);
        let shown: Vec<String> = shown.iter().map(|one| format!("{}: {}", one.question, one.answer)).collect();
        Contact {
            name: self.name,
            email: self.email,
            phone: self.phone,
            anonymous: self.anonymous,
            answers: shown.join("; "),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_columns_of_staff_are_the_public_ones_and_then_the_private_ones() {
        assert_eq!(StaffRecord::COLUMNS[..COUNT], PROPERTIES);
        let names: std::collections::BTreeSet<_> = StaffRecord::COLUMNS.iter().map(|column| column.name).collect();
        assert_eq!(names.len(), StaffRecord::COLUMNS.len(), "no name stands twice");
        assert!(PROPERTIES.iter().all(|column| !column.name.starts_with("reporter") && column.name != "answers"));
    }
}
