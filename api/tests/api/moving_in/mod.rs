//! Moving in from FixMyStreet: a small database of its shape, with every state and the odd rows of years.

mod again;
mod carried;
mod interrupted;
mod old_addresses;

use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use mendmap::moving_in::{self, FixMyStreet, Moved};
use mendmap::photos::store::PhotoStore;

use crate::harness::TestDatabase;
use crate::photos::{jpeg_of_shade, png};

/// Names of picture files, as theirs are: SHA-1 of something, in hexadecimal.
pub const GOOD: &str = "0123456789abcdef0123456789abcdef01234567.jpeg";
pub const OTHER: &str = "1123456789abcdef0123456789abcdef01234567.png";
pub const BROKEN: &str = "2123456789abcdef0123456789abcdef01234567.jpeg";
pub const MISSING: &str = "3123456789abcdef0123456789abcdef01234567.jpeg";

/// Their site: a database and an upload folder.
pub struct Theirs {
    pub database: TestDatabase,
    pub folder: tempfile::TempDir,
}

impl Theirs {
    pub fn start() -> Self {
        let database = TestDatabase::empty();
        let mut conn = database.connect();
        conn.batch_execute("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET timezone = %L', current_database(), 'Europe/London'); END $$").unwrap();
        conn.batch_execute(include_str!("shape.sql")).unwrap();
        conn.batch_execute(include_str!("rows.sql")).unwrap();
        let theirs = Self { database, folder: tempfile::tempdir().unwrap() };
        theirs.put(GOOD, &jpeg_of_shade(90));
        theirs.put(OTHER, &png());
        theirs.put(BROKEN, b"GIF89a no picture");
        theirs.sql(&format!("UPDATE problem SET photo = '{GOOD},{OTHER}' WHERE id = 101"));
        theirs.sql(&format!("UPDATE problem SET photo = '{GOOD},{MISSING}' WHERE id = 217"));
        theirs.sql(&format!("UPDATE problem SET photo = '{BROKEN}' WHERE id = 219"));
        theirs.sql(&format!("UPDATE problem SET photo = '../../etc/passwd,{OTHER}' WHERE id = 210"));
        theirs.sql(&format!("UPDATE comment SET photo = '{OTHER}' WHERE id = 1"));
        let inside: String = jpeg_of_shade(30).iter().map(|byte| format!("{byte:02x}")).collect();
        theirs.sql(&format!("UPDATE problem SET photo = decode('{inside}', 'hex') WHERE id = 218"));
        theirs
    }

    pub fn put(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.folder.path().join(name), bytes).unwrap();
    }

    pub fn sql(&self, statements: &str) {
        self.database.connect().batch_execute(statements).unwrap();
    }

    pub fn left_out(&self) -> PathBuf {
        self.folder.path().join("left-out.csv")
    }

    pub fn options(&self) -> FixMyStreet {
        let areas = self.folder.path().join("areas.csv");
        std::fs::write(&areas, "mapit_id,gss,name\n2002,N1,\n2010,X9,Nowhere\n").unwrap();
        FixMyStreet {
            dsn: self.database.url.clone(),
            photos: Some(self.folder.path().to_owned()),
            areas: Some(areas),
            body_email: Some("streets@example.org".parse().unwrap()),
            time_zone: None,
            left_out: self.left_out(),
        }
    }

    /// Moves into this database.
    pub fn move_into(&self, conn: &mut PgConnection, store: &Path) -> Moved {
        let store = PhotoStore::open(store).unwrap();
        moving_in::run(conn, &store, &self.options(), &mut |_| {}).unwrap()
    }

    /// The lines of the file of what was left out, but its first.
    pub fn lines(&self) -> Vec<String> {
        std::fs::read_to_string(self.left_out()).unwrap().lines().skip(1).map(str::to_owned).collect()
    }
}

/// A database of ours with two councils' areas and a street, and nothing else.
pub fn ground() -> TestDatabase {
    let database = TestDatabase::create();
    database.connect().batch_execute(include_str!("ground.sql")).unwrap();
    database
}

pub fn number(conn: &mut PgConnection, query: &str) -> i64 {
    diesel::dsl::sql::<BigInt>(query).get_result(conn).unwrap()
}

pub fn text(conn: &mut PgConnection, query: &str) -> String {
    diesel::dsl::sql::<Text>(query).get_result(conn).unwrap()
}

/// Everything that can come over, row by row, with the transactions that wrote it.
pub fn everything(conn: &mut PgConnection) -> Vec<String> {
    let tables = [
        "bodies",
        "body_areas",
        "categories",
        "users",
        "staff",
        "reports",
        "report_contacts",
        "report_bodies",
        "report_areas",
        "updates",
        "update_contacts",
        "deliveries",
        "photos",
        "report_photos",
        "update_photos",
        "alerts",
        "moved_in",
        "moved_photos",
        "map_counts",
        "map_kind_counts",
    ];
    let of = |table: &str| {
        text(
            conn,
            &format!("SELECT coalesce(string_agg(xmin::text || t::text, E'\\n' ORDER BY t::text), '') FROM {table} t"),
        )
    };
    tables.map(of).to_vec()
}

/// The map counts exactly what is published.
pub fn assert_the_map_is_true(conn: &mut PgConnection) {
    let published = number(conn, "SELECT count(*) FROM reports WHERE visibility = 'published'");
    let drift = mendmap::map::queries::check(conn, false).unwrap();
    assert_eq!((drift.reports, drift.cells), (published, 0));
}

/// Nobody is told of anything.
pub fn assert_nothing_is_sent(conn: &mut PgConnection) {
    assert_eq!(number(conn, "SELECT count(*) FROM jobs"), 0, "a job was left behind");
    assert_eq!(number(conn, "SELECT count(*) FROM report_events"), 0, "a webhook would be told");
    assert_eq!(number(conn, "SELECT count(*) FROM deliveries WHERE state <> 'sent'"), 0, "a delivery waits");
    assert_eq!(number(conn, "SELECT count(*) FROM link_tokens"), 0, "a link was made");
}
