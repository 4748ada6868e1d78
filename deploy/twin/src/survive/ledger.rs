//! What was acknowledged, and whether it is all there, once each.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs;
use std::path::Path;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use sha2::{Digest as _, Sha256};

use crate::smtp::{Mail, times_taken};

/// A report that was acknowledged.
#[derive(Debug, Clone)]
pub struct Report {
    /// Its number.
    pub id: i64,
    /// Its title, which no other has.
    pub title: String,
    /// Its photos.
    pub photos: Vec<String>,
    /// Who sees it.
    pub seen_by: SeenBy,
}

/// Who sees a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeenBy {
    /// Everybody.
    All,
    /// Author and body.
    Body,
    /// Nobody yet: it waits for its author's confirmation.
    Nobody,
}

/// Everything that was tried or acknowledged.
#[derive(Debug, Default)]
pub struct Ledger {
    /// Titles that were sent, acknowledged or not.
    pub titles: BTreeSet<String>,
    /// Acknowledged reports.
    pub reports: Vec<Report>,
    /// Words of updates that were sent.
    pub texts: BTreeSet<String>,
    /// Acknowledged updates: number and words.
    pub updates: Vec<(i64, String)>,
}

/// How the ledger differs from what is there.
#[derive(Debug, Default)]
pub struct Difference {
    /// Acknowledged and not there.
    pub lost: Vec<String>,
    /// There twice.
    pub doubled: Vec<String>,
    /// Mails that came again under the same Message-ID, by which the receiver knows that.
    pub repeated: usize,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Text)]
    words: String,
}

#[derive(QueryableByName)]
struct DeliveryRow {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = BigInt)]
    report: i64,
    #[diesel(sql_type = BigInt)]
    update: i64,
    #[diesel(sql_type = Text)]
    state: String,
    #[diesel(sql_type = Text)]
    body: String,
}

impl Ledger {
    /// Compares with the database, the photo store, the mails and what the back office took.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub fn compare(
        &self,
        conn: &mut PgConnection,
        photos: &Path,
        mails: &[Mail],
        office: &[HashMap<String, String>],
    ) -> anyhow::Result<Difference> {
        let mut found = Difference::default();
        self.compare_rows(conn, &mut found)?;
        self.compare_photos(conn, photos, &mut found)?;
        self.compare_deliveries(conn, mails, office, &mut found)?;
        found.repeated = times_taken(mails).values().map(|times| times - 1).sum();
        Ok(found)
    }

    fn compare_rows(&self, conn: &mut PgConnection, found: &mut Difference) -> anyhow::Result<()> {
        let reports = by_words(conn, "SELECT id, title AS words FROM reports")?;
        for report in &self.reports {
            if !reports.get(&report.title).is_some_and(|ids| ids.contains(&report.id)) {
                found.lost.push(format!("report {} ({})", report.id, report.title));
            }
        }
        let twice =
            |known: &HashMap<String, Vec<i64>>, words: &String| known.get(words).is_some_and(|ids| ids.len() > 1);
        found
            .doubled
            .extend(self.titles.iter().filter(|title| twice(&reports, title)).map(|title| format!("report {title}")));
        let updates = by_words(conn, "SELECT id, text AS words FROM updates WHERE text IS NOT NULL")?;
        for (id, text) in &self.updates {
            if !updates.get(text).is_some_and(|ids| ids.contains(id)) {
                found.lost.push(format!("update {id} ({text})"));
            }
        }
        found
            .doubled
            .extend(self.texts.iter().filter(|text| twice(&updates, text)).map(|text| format!("update {text}")));
        Ok(())
    }

    fn compare_photos(&self, conn: &mut PgConnection, store: &Path, found: &mut Difference) -> anyhow::Result<()> {
        let named = by_words(conn, "SELECT report_id AS id, photo_id AS words FROM report_photos")?;
        for report in &self.reports {
            for photo in &report.photos {
                if !named.get(photo).is_some_and(|reports| reports.contains(&report.id)) {
                    found.lost.push(format!("photo {photo} of report {}", report.id));
                } else if let Err(reason) = whole(store, photo) {
                    found.lost.push(format!("photo {photo} of report {}: {reason}", report.id));
                }
            }
        }
        Ok(())
    }

    fn compare_deliveries(
        &self,
        conn: &mut PgConnection,
        mails: &[Mail],
        office: &[HashMap<String, String>],
        found: &mut Difference,
    ) -> anyhow::Result<()> {
        let rows: Vec<DeliveryRow> = diesel::sql_query(
            "SELECT d.id::text AS id, d.report_id AS report, coalesce(d.update_id, 0) AS update, d.state, b.slug AS body \
             FROM deliveries d JOIN bodies b ON b.id = d.body_id",
        )
        .load(conn)?;
        let arrived: HashSet<&str> = mails.iter().map(|mail| &*mail.id).collect();
        // Nobody but the title tells which report a form is.
        let mut taken: HashMap<i64, usize> = HashMap::new();
        for form in office {
            let words = form.get("description").map(String::as_str).unwrap_or_default();
            let report = self.reports.iter().find(|report| words.contains(&report.title));
            *taken.entry(report.map_or(0, |report| report.id)).or_default() += 1;
        }
        let is_there = |row: &DeliveryRow| {
            row.state == "sent"
                && (arrived.contains(&*row.id) || (row.body == "east" && taken.contains_key(&row.report)))
        };
        let handed: HashSet<(i64, i64)> =
            rows.iter().filter(|row| is_there(row)).map(|row| (row.report, row.update)).collect();
        for report in self.reports.iter().filter(|report| report.seen_by != SeenBy::Nobody) {
            if !handed.contains(&(report.id, 0)) {
                found.lost.push(format!("delivery of report {}", report.id));
            }
        }
        let updates: HashMap<i64, i64> = by_words(conn, "SELECT report_id AS id, id::text AS words FROM updates")?
            .into_iter()
            .filter_map(|(id, reports)| Some((id.parse().ok()?, *reports.first()?)))
            .collect();
        for (id, _) in &self.updates {
            let report = updates.get(id).copied().unwrap_or_default();
            if !handed.contains(&(report, *id)) {
                found.lost.push(format!("delivery of update {id}"));
            }
        }
        // A mail to a body under a number that is no delivery's is a second one for something.
        let known: HashSet<&str> = rows.iter().map(|row| &*row.id).collect();
        let strange = mails.iter().filter(|mail| mail.to.starts_with("streets@") && !known.contains(&*mail.id));
        found.doubled.extend(strange.map(|mail| format!("mail {}", mail.id)));
        let twice = taken.into_iter().filter(|(report, times)| *report != 0 && *times > 1);
        found.doubled.extend(twice.map(|(report, _)| format!("report {report} at the back office")));
        Ok(())
    }
}

fn by_words(conn: &mut PgConnection, query: &str) -> anyhow::Result<HashMap<String, Vec<i64>>> {
    let rows: Vec<Row> = diesel::sql_query(query).load(conn)?;
    let mut known: HashMap<String, Vec<i64>> = HashMap::new();
    for row in rows {
        known.entry(row.words).or_default().push(row.id);
    }
    Ok(known)
}

/// Whether all sizes of a photo are there, and the largest is what its name says.
fn whole(store: &Path, photo: &str) -> Result<(), String> {
    let folder = store.join(&photo[..2]).join(&photo[2..4]);
    for size in ["full", "page", "thumb"] {
        let bytes = fs::read(folder.join(format!("{photo}-{size}.jpg"))).map_err(|error| format!("{size}: {error}"))?;
        if !(bytes.starts_with(b"\xFF\xD8") && bytes.ends_with(b"\xFF\xD9")) {
            return Err(format!("{size} is no whole JPEG"));
        }
        let name: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        if size == "full" && name != photo {
            return Err("it is another picture".to_owned());
        }
    }
    Ok(())
}
