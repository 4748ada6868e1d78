//! Real Newport: a report goes to the council whose street it is on.

use mendmap::bodies::councils::bodies_for_councils;
use mendmap::places::import::{AreaKind, Options, areas, streets};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::harness::{TestApp, new_report, real_data};

#[actix_web::test]
async fn a_report_goes_to_the_council_whose_street_it_is_on() {
    let Some(data) = real_data() else { return };
    let app = TestApp::start().await;
    let mut conn = app.conn();
    let boundaries = data.join("boundaries");
    areas(&mut conn, &boundaries.join("newport_councils_filled.geojson"), AreaKind::Council, &Options::quiet())
        .unwrap();
    areas(&mut conn, &boundaries.join("newport_wards_2013_detailed.geojson"), AreaKind::Ward, &Options::quiet())
        .unwrap();
    streets(&mut conn, &data.join("streets/newport_streets.csv"), "streets", &Options::quiet()).unwrap();
    assert_eq!(bodies_for_councils(&mut conn).unwrap(), 5);
    let author = app.sign_in("author@example.org").await;

    let found = app.get("/places?q=Commercial+St").await.expect(StatusCode::OK).body;
    assert_eq!(found["places"][0]["name"], "Commercial Street");
    let commercial_street = found["places"][0]["location"].clone();
    let cwmbran = json!({ "lon": -3.0237, "lat": 51.6536 });
    let usk_bridge = json!({ "lon": -2.9925, "lat": 51.5907 });
    for (location, council) in [
        (commercial_street, "Newport City Council"),
        (cwmbran, "Torfaen County Borough Council"),
        (usk_bridge, "Newport City Council"),
    ] {
        let query = format!("/categories?lon={}&lat={}", location["lon"], location["lat"]);
        let categories = app.get(&query).await.expect(StatusCode::OK).body;
        let count: usize = categories["groups"]
            .as_array()
            .unwrap()
            .iter()
            .map(|group| group["categories"].as_array().unwrap().len())
            .sum();
        assert_eq!((&categories["covered"], count), (&Value::Bool(true), 9));
        let mut report = new_report();
        report["location"] = location;
        report["answers"] = json!({ "danger": "no", "depth_cm": "12" });
        let taken = app.post_as(&author, "/reports", report).await.expect(StatusCode::CREATED).body;
        assert_eq!(taken["bodies"][0]["name"], council);
        let shown = app.get(&format!("/reports/{}", taken["id"])).await.body;
        assert!(shown["areas"].as_array().unwrap().iter().any(|area| area["kind"] == "ward"), "{shown}");
    }
    app.work_off().await;
    assert_eq!(app.count("SELECT count(*) FROM deliveries WHERE state = 'sent'"), 3);
}
