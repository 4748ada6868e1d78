//! What holds for the whole: health, headers, the schema's own rules.

use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel_migrations::MigrationHarness as _;
use mendmap::db::MIGRATIONS;
use reqwest::{Method, StatusCode};

use crate::harness::{TestApp, TestDatabase};

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

fn names(conn: &mut PgConnection, query: &str) -> Vec<String> {
    diesel::sql_query(query).load::<Name>(conn).unwrap().into_iter().map(|row| row.name).collect()
}

#[actix_web::test]
async fn it_says_that_it_lives_and_that_it_is_ready() {
    let app = TestApp::start().await;
    app.get("/healthz").await.expect(StatusCode::OK);
    std::fs::remove_dir_all(&app.config.storage.photo_store).unwrap();
    app.get("/readyz").await.expect(StatusCode::SERVICE_UNAVAILABLE);
    app.get("/healthz").await.expect(StatusCode::OK);
}

#[actix_web::test]
async fn every_answer_carries_the_security_headers_and_any_site_may_read_public_ones() {
    let app = TestApp::start().await;
    let answer = Method::GET;
    let answer = app.request(answer, "/reports").header("Origin", "https://data.example").send().await.unwrap();
    let header =
        |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    assert_eq!(header("access-control-allow-origin"), "*");
    assert!(header("access-control-allow-credentials").is_empty());
    assert!(header("content-security-policy").contains("default-src 'none'"));
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!(header("x-frame-options"), "DENY");
    assert!(header("vary").to_lowercase().contains("authorization"), "{}", header("vary"));
    let preflight = app
        .request(Method::OPTIONS, "/reports")
        .header("Origin", "https://data.example")
        .header("Access-Control-Request-Method", "POST")
        .send()
        .await
        .unwrap();
    assert!(!preflight.status().is_success(), "other sites may read, not write");
}

#[test]
fn every_foreign_key_says_what_happens_when_its_row_goes() {
    let database = TestDatabase::create();
    let silent = names(
        &mut database.connect(),
        "SELECT conrelid::regclass || '.' || conname AS name FROM pg_constraint
         WHERE contype = 'f' AND connamespace = 'public'::regnamespace AND confdeltype = 'a'",
    );
    assert!(silent.is_empty(), "{silent:?}");
}

#[test]
fn every_foreign_key_has_an_index_to_be_followed_back_by() {
    let database = TestDatabase::create();
    let bare = names(
        &mut database.connect(),
        "SELECT c.conrelid::regclass || '.' || a.attname AS name FROM pg_constraint c
         JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
         WHERE c.contype = 'f' AND c.connamespace = 'public'::regnamespace
           AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.conrelid AND i.indkey[0] = c.conkey[1])",
    );
    assert!(bare.is_empty(), "{bare:?}");
}

#[test]
fn every_geometry_has_its_reference_system_and_an_index() {
    let database = TestDatabase::create();
    let mut conn = database.connect();
    let without = names(
        &mut conn,
        "SELECT f_table_name || '.' || f_geometry_column AS name FROM geometry_columns WHERE srid <> 4326",
    );
    assert!(without.is_empty(), "{without:?}");
    let bare = names(
        &mut conn,
        "SELECT g.f_table_name::text AS name FROM geometry_columns g
         WHERE NOT EXISTS (
            SELECT FROM pg_indexes i WHERE i.tablename = g.f_table_name AND i.indexdef LIKE '%USING gist (' || g.f_geometry_column || '%')",
    );
    assert!(bare.is_empty(), "{bare:?}");
}

#[test]
fn processes_that_start_at_once_on_an_old_schema_all_find_it_up_to_date() {
    let database = TestDatabase::create();
    database.connect().revert_all_migrations(MIGRATIONS).unwrap();
    let ran: Vec<usize> = std::thread::scope(|scope| {
        let starting: Vec<_> = (0..4).map(|_| scope.spawn(|| mendmap::db::migrate(&database.url).unwrap())).collect();
        starting.into_iter().map(|process| process.join().unwrap()).collect()
    });
    assert_eq!(ran.iter().filter(|count| **count > 0).count(), 1, "{ran:?}");
}

#[test]
fn every_migration_has_a_way_back() {
    let database = TestDatabase::create();
    let mut conn = database.connect();
    conn.revert_all_migrations(MIGRATIONS).unwrap();
    let left = names(
        &mut conn,
        "SELECT relname::text AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
         AND relname NOT IN ('spatial_ref_sys', '__diesel_schema_migrations')",
    );
    assert!(left.is_empty(), "{left:?}");
    conn.run_pending_migrations(MIGRATIONS).unwrap();
}
