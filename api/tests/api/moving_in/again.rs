//! Moving in again: what is as it was stays so, what changed there changes here, and what changed here stays.

use diesel::connection::SimpleConnection as _;

use super::{
    BROKEN, MISSING, Theirs, assert_nothing_is_sent, assert_the_map_is_true, everything, ground, number, text,
};
use crate::photos::jpeg_of_shade;

#[test]
fn a_second_time_changes_nothing_and_says_the_same() {
    let (theirs, database, store) = (Theirs::start(), ground(), tempfile::tempdir().unwrap());
    let conn = &mut database.connect();
    let first = theirs.move_into(conn, store.path());
    assert!(!first.changed_nothing());
    let (rows, lines) = (everything(conn), theirs.lines());
    let second = theirs.move_into(conn, store.path());
    assert!(second.changed_nothing(), "{second}");
    assert_eq!(everything(conn), rows);
    assert_eq!(theirs.lines(), lines);
    assert_nothing_is_sent(conn);
}

#[test]
fn what_changed_there_since_changes_here_too() {
    let (theirs, database, store) = (Theirs::start(), ground(), tempfile::tempdir().unwrap());
    let conn = &mut database.connect();
    theirs.move_into(conn, store.path());
    theirs.put(MISSING, &jpeg_of_shade(200));
    theirs.put(BROKEN, &jpeg_of_shade(210));
    theirs.sql(
        "UPDATE problem SET state = 'fixed - council', lastupdate = '2025-12-05' WHERE id = 101;
         UPDATE problem SET latitude = 51.65 WHERE id = 102;
         UPDATE problem SET state = 'hidden' WHERE id = 103;
         UPDATE problem SET state = 'unconfirmed' WHERE id = 104;
         UPDATE problem SET bodies_str = '2', whensent = '2025-07-03' WHERE id = 105;
         UPDATE problem SET state = 'confirmed' WHERE id = 118;
         UPDATE problem SET photo = NULL WHERE id = 218;
         DELETE FROM problem WHERE id = 116;
         INSERT INTO problem (id, latitude, longitude, bodies_str, category, title, detail, user_id, name, state)
         VALUES (300, 51.57, -2.98, '1', 'Potholes', 'New', 'Detail', 1, 'Alice Resident', 'confirmed');
         UPDATE comment SET state = 'hidden' WHERE id = 1;
         INSERT INTO comment (id, problem_id, user_id, name, text) VALUES (20, 300, 1, 'Alice Resident', 'Newer');
         UPDATE alert SET whendisabled = '2025-12-01' WHERE id = 1;
         UPDATE users SET from_body = NULL WHERE id = 3;
         UPDATE users SET email_verified = true WHERE id = 2;
         UPDATE contacts SET state = 'inactive' WHERE id = 1;",
    );
    let moved = theirs.move_into(conn, store.path());
    assert!(!moved.changed_nothing());
    assert_eq!(text(conn, "SELECT status || ' ' || fixed_by FROM reports WHERE id = 101"), "fixed body");
    assert_eq!(
        text(
            conn,
            "SELECT r.area || ' ' || string_agg(a.name, '+') FROM reports r JOIN report_areas ON report_id = r.id JOIN areas a ON a.id = area_id WHERE r.id = 102 GROUP BY r.area"
        ),
        "Northshire Northshire"
    );
    assert_eq!(
        text(conn, "SELECT string_agg(visibility, ' ' ORDER BY id) FROM reports WHERE id IN (103, 104, 118)"),
        "hidden hidden published"
    );
    assert_eq!(
        text(
            conn,
            "SELECT string_agg(slug, '+') FROM report_bodies JOIN bodies b ON b.id = body_id WHERE report_id = 105"
        ),
        "westmoor-borough-council"
    );
    assert_eq!(number(conn, "SELECT count(*) FROM updates WHERE id IN (7, 20) AND visibility = 'published'"), 2);
    assert_eq!(text(conn, "SELECT visibility FROM updates WHERE id = 1"), "hidden");
    assert_eq!(number(conn, "SELECT update_count::bigint FROM reports WHERE id = 101"), 1);
    // One ended; two that had no account or no report then are there now.
    assert_eq!(
        text(
            conn,
            "SELECT string_agg(report_id || ' ' || email, ', ' ORDER BY report_id) FROM alerts JOIN users u ON u.id = user_id"
        ),
        "101 zebra-bob@example.org, 118 zebra-alice@example.org"
    );
    assert_eq!(number(conn, "SELECT count(*) FROM staff"), 1);
    assert_eq!(
        text(conn, "SELECT u.email FROM reports r JOIN users u ON u.id = author_id WHERE r.id = 220"),
        "zebra-bob@example.org"
    );
    assert_eq!(number(conn, "SELECT count(*) FROM categories WHERE code = 'potholes' AND live"), 1);
    assert_eq!(
        text(
            conn,
            "SELECT string_agg(report_id || ':' || position, ' ' ORDER BY report_id, position) FROM report_photos"
        ),
        "101:0 101:1 210:1 217:0 217:1 219:0"
    );
    assert!(theirs.lines().contains(&"report,116,gone_there,".to_owned()), "{:?}", theirs.lines());
    assert_nothing_is_sent(conn);
    assert_the_map_is_true(conn);
    let third = theirs.move_into(conn, store.path());
    assert!(third.changed_nothing(), "{third}");
}

#[test]
fn once_a_bodys_server_is_set_its_numbers_of_old_reports_are_known() {
    let (theirs, database, store) = (Theirs::start(), ground(), tempfile::tempdir().unwrap());
    let conn = &mut database.connect();
    theirs.move_into(conn, store.path());
    assert_eq!(number(conn, "SELECT count(*) FROM open311_requests"), 0);
    conn.batch_execute(
        "INSERT INTO open311_servers (body_id, endpoint) SELECT id, 'http://127.0.0.1:9/' FROM bodies WHERE slug = 'southshire-council'",
    )
    .unwrap();
    theirs.move_into(conn, store.path());
    let numbers = "SELECT string_agg(report_id || ' ' || request_id || ' ' || state, ', ' ORDER BY report_id) FROM open311_requests";
    assert_eq!(text(conn, numbers), "102 S-102 numbered, 105 S-105 numbered");
    assert!(theirs.move_into(conn, store.path()).changed_nothing());
    assert_nothing_is_sent(conn);
}

#[test]
fn what_was_changed_or_deleted_here_stays_so() {
    let (theirs, database, store) = (Theirs::start(), ground(), tempfile::tempdir().unwrap());
    let conn = &mut database.connect();
    theirs.move_into(conn, store.path());
    conn.batch_execute(
        "UPDATE reports SET title = 'Ours', updated_at = now() WHERE id IN (101, 102); DELETE FROM reports WHERE id IN (103, 105);
         DELETE FROM users WHERE email = 'zebra-alice@example.org'; DELETE FROM categories WHERE code = 'needles';
         DELETE FROM updates WHERE id = 8",
    )
    .unwrap();
    theirs.sql(
        "UPDATE problem SET title = 'Theirs' WHERE id IN (101, 103, 104); UPDATE users SET name = 'Theirs' WHERE id = 1;
         UPDATE comment SET text = 'Theirs' WHERE id = 8",
    );
    theirs.move_into(conn, store.path());
    assert_eq!(
        text(conn, "SELECT string_agg(title, ' ' ORDER BY id) FROM reports WHERE id BETWEEN 101 AND 105"),
        "Ours Ours Theirs"
    );
    assert_eq!(number(conn, "SELECT count(*) FROM users WHERE email = 'zebra-alice@example.org'"), 0);
    assert_eq!(number(conn, "SELECT count(*) FROM categories WHERE code = 'needles'"), 0);
    assert_eq!(number(conn, "SELECT count(*) FROM updates WHERE id = 8"), 0);
    let lines = theirs.lines();
    for line in [
        "report,101,changed_here,",
        "report,103,deleted_here,",
        "report,105,deleted_here,",
        "user,1,deleted_here,",
        "update,8,deleted_here,",
    ] {
        assert!(lines.contains(&line.to_owned()), "{line} is missing in {lines:?}");
    }
    assert!(!lines.iter().any(|line| line.starts_with("report,102,")), "{lines:?}");
    assert_the_map_is_true(conn);
}
