//! What comes over, and how.

use std::collections::BTreeMap;

use diesel::connection::SimpleConnection as _;
use mendmap::moving_in::{self, FixMyStreet, Reason};
use mendmap::photos::store::PhotoStore;
use reqwest::StatusCode;

use super::{Theirs, assert_nothing_is_sent, assert_the_map_is_true, ground, number, text};
use crate::harness::TestApp;

#[test]
fn every_state_becomes_one_of_ours_under_the_same_number_and_nobody_is_told() {
    let (theirs, database, store) = (Theirs::start(), ground(), tempfile::tempdir().unwrap());
    let conn = &mut database.connect();
    // Somebody's system listens already.
    conn.batch_execute(
        "INSERT INTO bodies (slug, name, email) VALUES ('listener', 'Listener', 'l@example.org');
         INSERT INTO webhooks (id, body_id, url, events, secret) SELECT gen_random_uuid(), id, 'http://127.0.0.1:9/', ARRAY['report.published'], '' FROM bodies",
    )
    .unwrap();
    theirs.move_into(conn, store.path());
    let statuses = "SELECT string_agg(id || ' ' || status || ' ' || visibility || coalesce(' by ' || fixed_by, ''), ', ' ORDER BY id) FROM reports WHERE id < 200";
    assert_eq!(
        text(conn, statuses),
        "101 open published, 102 investigating published, 103 in_progress published, 104 action_scheduled published, \
         105 action_scheduled published, 106 fixed published by author, 107 fixed published by resident, \
         108 fixed published by body, 109 closed published, 110 no_further_action published, \
         111 not_responsible published, 112 duplicate published, 113 internal_referral published, \
         114 cancelled published, 115 open published, 116 fixed published by body, 117 open hidden"
    );
    assert_eq!(
        text(
            conn,
            "SELECT duplicate_of || ' ' || (SELECT duplicate_of FROM reports WHERE id = 214) FROM reports WHERE id = 112"
        ),
        "101 101"
    );
    // London's summer time, and its winter time.
    assert_eq!(
        text(
            conn,
            "SELECT created_at::text || ', ' || confirmed_at || ', ' || updated_at FROM (SELECT created_at AT TIME ZONE 'UTC' AS created_at, confirmed_at AT TIME ZONE 'UTC' AS confirmed_at, updated_at AT TIME ZONE 'UTC' AS updated_at FROM reports WHERE id = 101) r"
        ),
        "2025-07-01 11:00:00, 2025-07-01 11:05:00, 2025-12-01 09:00:00"
    );
    assert_eq!(
        text(conn, "SELECT street || ', ' || area FROM reports WHERE id = 101"),
        "Quay Street, Quay, Southshire"
    );
    assert_eq!(
        text(conn, "SELECT category_code || ' ' || category_group FROM reports WHERE id = 101"),
        "potholes Roads"
    );
    assert_eq!(
        number(conn, "SELECT count(*) FROM deliveries WHERE report_id = 101 AND sent_at = '2025-07-01 11:10Z'"),
        1
    );
    assert_eq!(
        number(
            conn,
            "SELECT count(*) FROM reports r WHERE body_ids <> ARRAY(SELECT body_id FROM report_bodies b WHERE b.report_id = r.id ORDER BY body_id)"
        ),
        0
    );
    assert_eq!(
        number(
            conn,
            "SELECT count(*) FROM reports r WHERE update_count <> (SELECT count(*) FROM updates u WHERE u.report_id = r.id AND u.visibility = 'published')"
        ),
        0
    );
    assert_nothing_is_sent(conn);
    assert_the_map_is_true(conn);
    // The next one that somebody makes here leaves their numbers alone.
    assert!(number(conn, "SELECT nextval('reports_id_seq')") > 220 + 9_000);
}

#[test]
fn bodies_categories_and_people_come_without_passwords_and_with_no_more_rights_than_they_had() {
    let (theirs, database, store) = (Theirs::start(), ground(), tempfile::tempdir().unwrap());
    let conn = &mut database.connect();
    theirs.move_into(conn, store.path());
    assert_eq!(
        text(
            conn,
            "SELECT string_agg(slug || ' ' || email || ' ' || coalesce((SELECT string_agg(code, '+') FROM body_areas JOIN areas ON areas.id = area_id WHERE body_id = b.id), '-'), ', ' ORDER BY slug) FROM bodies b"
        ),
        "gone-district-council streets@example.org -, southshire-council zebra-potholes@south.example.org S1, \
         westmoor-borough-council streets@example.org N1"
    );
    assert_eq!(
        text(
            conn,
            "SELECT string_agg(c.code || CASE WHEN live THEN ' live' ELSE '' END || CASE WHEN private THEN ' private' ELSE '' END || CASE WHEN c.email IS NULL THEN ' by the body' ELSE '' END, ', ' ORDER BY c.code) FROM categories c JOIN bodies b ON b.id = body_id WHERE slug LIKE 'south%'"
        ),
        "abandoned-vehicles live, graffiti live by the body, needles live private, old-category, potholes live, \
         refused-thing by the body, staff-only"
    );
    assert_eq!(number(conn, "SELECT count(*) FROM categories WHERE code = 'potholes'"), 2);
    assert_eq!(
        text(
            conn,
            "SELECT questions #>> '{0,choices,1,name}' FROM categories WHERE code = 'potholes' AND email IS NOT NULL"
        ),
        "Large"
    );
    assert_eq!(
        text(
            conn,
            "SELECT string_agg(email || coalesce(' ' || (SELECT role FROM staff WHERE user_id = u.id), ''), ', ' ORDER BY email) FROM users u"
        ),
        "zebra-alice@example.org, zebra-inspector@south.example.org inspector, zebra-officer@west.example.org officer, zebra-root@example.org"
    );
    assert_eq!(number(conn, "SELECT count(*) FROM users WHERE password_hash IS NOT NULL"), 0);
    // Who never confirmed an address has no account, and yet the body can answer them.
    assert_eq!(
        text(
            conn,
            "SELECT name || ' ' || email || ' ' || (answers ->> 'size') FROM report_contacts WHERE report_id = 220"
        ),
        "Bob Zebraname zebra-bob@example.org zebra-answer"
    );
    assert_eq!(
        number(conn, "SELECT count(*) FROM reports WHERE id = 220 AND author_id IS NULL AND public_name IS NULL"),
        1
    );
    assert_eq!(text(conn, "SELECT public_name FROM reports WHERE id = 101"), "Alice Resident");
    assert_eq!(number(conn, "SELECT supporter_count::bigint FROM reports WHERE id = 211"), 3);
}

#[test]
fn updates_alerts_and_photos_come_over_as_far_as_somebody_stands_by_them() {
    let (theirs, database, store) = (Theirs::start(), ground(), tempfile::tempdir().unwrap());
    let conn = &mut database.connect();
    theirs.move_into(conn, store.path());
    assert_eq!(
        text(
            conn,
            "SELECT string_agg(u.id || ' ' || visibility || coalesce(' ' || status, '') || coalesce(' of ' || slug, '') || CASE WHEN by_author THEN ' by author' ELSE '' END || coalesce(' (' || public_name || ')', ''), ', ' ORDER BY u.id) FROM updates u LEFT JOIN bodies b ON b.id = body_id"
        ),
        "1 published by author (Alice Resident), 2 published in_progress of southshire-council, 3 published fixed (Bob Public), \
         4 hidden by author (Alice Resident), 8 published, 9 published, 10 published by author (Alice Resident)"
    );
    assert_eq!(
        number(
            conn,
            "SELECT count(*) FROM alerts a JOIN users u ON u.id = user_id WHERE report_id = 101 AND email = 'zebra-alice@example.org'"
        ),
        1
    );
    assert_eq!(number(conn, "SELECT count(*) FROM alerts"), 1);
    assert_eq!(
        text(
            conn,
            "SELECT string_agg(report_id || ':' || position, ' ' ORDER BY report_id, position) FROM report_photos"
        ),
        "101:0 101:1 210:1 217:0 218:0"
    );
    assert_eq!(number(conn, "SELECT count(*) FROM update_photos WHERE update_id = 1"), 1);
    assert_eq!(number(conn, "SELECT count(*) FROM photos WHERE used"), 3);
    let files = std::fs::read_dir(store.path()).unwrap().count();
    assert_eq!(files, 3, "a folder for each picture");
}

#[test]
fn what_does_not_fit_is_counted_and_named_with_its_reason() {
    let (theirs, database, store) = (Theirs::start(), ground(), tempfile::tempdir().unwrap());
    let moved = theirs.move_into(&mut database.connect(), store.path());
    let mut lines: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for line in theirs.lines() {
        let parts: Vec<&str> = line.split(',').collect();
        lines.entry(format!("{} {}", parts[0], parts[2])).or_default().push(parts[1].parse().unwrap());
    }
    let expected = [
        ("alert kind_of_alert", vec![4, 5]),
        ("alert no_account", vec![3]),
        ("alert report_left_out", vec![6]),
        ("body area_not_loaded", vec![2]),
        ("body area_not_mapped", vec![1]),
        ("body by_open311", vec![2]),
        ("body no_address", vec![2, 3]),
        ("contact questions_not_readable", vec![7]),
        ("contact refuses", vec![6]),
        ("contact several_addresses", vec![3]),
        ("report duplicate_unknown", vec![215]),
        ("report file_missing", vec![210, 217]),
        ("report future_time", vec![204]),
        ("report no_place", vec![200, 201, 202, 203]),
        ("report no_user", vec![205]),
        ("report not_a_picture", vec![219]),
        ("report not_sent", vec![213]),
        ("report old_extra", vec![209]),
        ("report outside_areas", vec![206]),
        ("report unconfirmed", vec![118, 119]),
        ("report unknown_body", vec![207]),
        ("report unknown_category", vec![208]),
        ("report unknown_state", vec![120]),
        ("update future_time", vec![10]),
        ("update report_left_out", vec![7]),
        ("update says_nothing", vec![6]),
        ("update unconfirmed", vec![5]),
        ("user no_body", vec![4]),
        ("user no_mail", vec![2, 5]),
        ("user removed_there", vec![6]),
    ];
    let expected: BTreeMap<String, Vec<i64>> = expected.map(|(what, ids)| (what.to_owned(), ids)).into();
    assert_eq!(lines, expected);
    let counted: u64 = moved.left_out.iter().map(|(.., count)| count).sum();
    assert_eq!(counted, theirs.lines().len() as u64);
    assert!(moved.left_out.contains(&("report", Reason::NoPlace, 4)));
    assert!(moved.to_string().contains("report: 4 without a place on earth"), "{moved}");
    let file = std::fs::read_to_string(theirs.left_out()).unwrap();
    assert!(!file.to_lowercase().contains("zebra"), "{file}");
}

#[test]
fn without_an_address_for_a_body_or_a_database_of_theirs_nothing_begins() {
    let (theirs, database, store) = (Theirs::start(), ground(), tempfile::tempdir().unwrap());
    let conn = &mut database.connect();
    let store = PhotoStore::open(store.path()).unwrap();
    let mut refused = |options: &FixMyStreet| {
        let error = moving_in::run(conn, &store, options, &mut |_| {}).unwrap_err();
        assert_eq!(number(conn, "SELECT count(*) FROM bodies"), 0);
        format!("{error:#}")
    };
    let no_address = refused(&FixMyStreet { body_email: None, ..theirs.options() });
    assert!(no_address.contains("Westmoor Borough Council, Gone District Council"), "{no_address}");
    let ours = refused(&FixMyStreet { dsn: database.url.clone(), ..theirs.options() });
    assert!(ours.contains("no FixMyStreet database"), "{ours}");
    let nobody = refused(&FixMyStreet { dsn: "postgres://fms:hushhush@127.0.0.1:1/fms".into(), ..theirs.options() });
    assert!(nobody.contains("--dsn") && !nobody.contains("hush"), "{nobody}");
    let zone = refused(&FixMyStreet { time_zone: Some("Europe/Atlantis".into()), ..theirs.options() });
    assert!(zone.contains("Europe/Atlantis"), "{zone}");
}

#[actix_web::test]
async fn nothing_personal_is_public_afterwards() {
    let app = TestApp::start().await;
    app.sql(include_str!("ground.sql"));
    let (mut conn, store) = (app.conn(), app.config.storage.photo_store.clone());
    let theirs = actix_web::web::block(move || {
        let theirs = Theirs::start();
        theirs.move_into(&mut conn, &store);
        theirs
    })
    .await
    .unwrap();
    let mut read = String::new();
    for path in [
        "/reports?limit=100",
        "/reports.geojson",
        "/bodies",
        "/categories?lon=-2.99&lat=51.56",
        "/open311/v2/requests.json",
    ] {
        let answer = app.get(path).await;
        read.push_str(&String::from_utf8_lossy(&answer.bytes));
    }
    for id in (101..=120).chain(200..=220) {
        let report = app.get(&format!("/reports/{id}")).await;
        let updates = app.get(&format!("/reports/{id}/updates")).await;
        for answer in [report, updates] {
            read.push_str(&String::from_utf8_lossy(&answer.bytes));
        }
    }
    assert!(read.contains("Alice Resident") && read.contains("We look at it"), "there is something to read");
    let found = read.to_lowercase();
    for secret in ["zebra", "01633 999 111", "07700 900 999"] {
        assert!(!found.contains(secret), "{secret} is public");
    }
    for id in [117, 118, 210] {
        app.get(&format!("/reports/{id}")).await.expect(StatusCode::NOT_FOUND);
    }
    // The picture of a report nobody else may see is for nobody else either; the same picture elsewhere is.
    let alone = app.count("SELECT count(*) FROM report_photos WHERE report_id = 210");
    assert_eq!(alone, 1);
    let photo = text(&mut app.conn(), "SELECT photo_id FROM report_photos WHERE report_id = 218");
    app.get(&format!("/photos/{photo}/full.jpg")).await.expect(StatusCode::OK);

    // Somebody who comes over signs in by a mailed link, and finds what is theirs.
    let alice = app.sign_in("zebra-alice@example.org").await;
    let mine = app.get_as(&alice, "/me/reports?limit=100").await;
    assert_eq!(mine.status, StatusCode::OK, "{}", String::from_utf8_lossy(&mine.bytes));
    assert!(mine.bytes.windows(13).any(|part| part == b"zebra-private"), "her private report");
    drop(theirs);
    app.assert_no_jobs_left();
}
