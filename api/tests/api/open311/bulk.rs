//! All reports in one file.

use reqwest::StatusCode;

use super::{get, key, post, published};
use crate::harness::TestApp;

#[actix_web::test]
async fn the_file_has_the_columns_of_the_standard_and_every_public_report_of_any_age() {
    let app = TestApp::start().await;
    app.two_councils();
    let key = key(&app, "south", true);
    let id = published(&app, &key, &[("description", "=1+1, \"quoted\"\nsecond line")]).await;
    let at = chrono::Utc::now().to_rfc3339();
    let form = [
        ("api_key", key.as_str()),
        ("service_request_id", &id),
        ("update_id", "w"),
        ("status", "CLOSED"),
        ("updated_datetime", &at),
        ("description", "Nothing found."),
    ];
    post(&app, "servicerequestupdates.json", &form).await.expect(StatusCode::CREATED);
    // More than one read of the database takes.
    app.sql(
        "INSERT INTO reports (location, title, detail, category_code, category_name, category_group, visibility, created_at, confirmed_at)
         SELECT ST_SetSRID(ST_MakePoint(-3, 51.6), 4326), 'Old', 'Old one', 'drains', 'Drains', 'Roads',
                CASE WHEN n % 5 = 0 THEN 'hidden' ELSE 'published' END, '2015-01-01', '2015-01-01'
         FROM generate_series(1, 2500) n",
    );
    let file = get(&app, "requests.csv").await.expect(StatusCode::OK);
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
    let mut reader = csv::Reader::from_reader(file.bytes.as_slice());
    let columns = "service_request_id,requested_datetime,updated_datetime,closed_date,status_description,status_notes,\
                   source,service_name,service_subtype,description,agency_responsible,address,lat,long";
    assert_eq!(reader.headers().unwrap().iter().collect::<Vec<_>>().join(","), columns);
    let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.unwrap()).collect();
    assert_eq!(rows.len(), 2001);
    let first = rows.iter().find(|row| row[0] == *id).unwrap();
    assert_eq!(&first[9], "'=1+1, \"quoted\"\nsecond line", "no formula for a spreadsheet");
    assert_eq!((&first[4], &first[5], &first[7], &first[8]), ("closed", "Nothing found.", "Potholes", ""));
    assert!(!first[3].is_empty());
    let numbers: std::collections::BTreeSet<&str> = rows.iter().map(|row| &row[0]).collect();
    assert_eq!(numbers.len(), rows.len(), "none twice");
    for (dates, count) in [
        ("start_date=2015-01-01", 2001),
        ("start_date=2014-01-01&end_date=2020-01-01", 2000),
        ("end_date=2020-01-01", 2000),
        ("start_date=2016-01-01", 1),
    ] {
        let file = get(&app, &format!("requests.csv?{dates}")).await.expect(StatusCode::OK);
        assert_eq!(csv::Reader::from_reader(file.bytes.as_slice()).records().count(), count, "{dates}");
    }
    let south = get(&app, "requests.csv?jurisdiction_id=south").await;
    assert_eq!(csv::Reader::from_reader(south.bytes.as_slice()).records().count(), 1);
    let drains = get(&app, "requests.csv?service_code=drains&status=open").await;
    assert_eq!(csv::Reader::from_reader(drains.bytes.as_slice()).records().count(), 2000);
}
