//! Part 3: filters.

use mendmap_shared::error::ErrorCode;
use serde_json::{Value, json};

use super::{expected, get, ids, query, start};
use crate::harness::TestApp;

async fn found(app: &TestApp, filter: &str, language: &str) -> Vec<i64> {
    let asked = query(&[("filter", filter), ("filter-lang", language)]);
    ids(&get(app, &format!("/collections/reports/items?{asked}")).await)
}

async fn refused(app: &TestApp, filter: &str, language: &str) -> String {
    let asked = query(&[("filter", filter), ("filter-lang", language)]);
    let answer =
        app.get(&format!("/ogc/collections/reports/items?{asked}")).await.expect_error(ErrorCode::InvalidRequest);
    answer.body["error"]["fields"]["filter"]["message"].as_str().unwrap_or_else(|| panic!("{}", answer.body)).to_owned()
}

#[actix_web::test]
async fn queryables_are_a_closed_schema_of_what_can_be_asked_by() {
    let app = start().await;
    let answer = get(&app, "/collections/reports/queryables").await;
    assert_eq!(answer.header("content-type"), "application/schema+json");
    assert_eq!(answer.body["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert_eq!(answer.body["$id"], format!("{}/ogc/collections/reports/queryables", app.address));
    assert_eq!(answer.body["additionalProperties"], false);
    let properties = answer.body["properties"].as_object().unwrap();
    assert_eq!(properties["geometry"]["format"], "geometry-point");
    assert_eq!(properties["geometry"].get("type"), None);
    assert_eq!(properties["reported"]["format"], "date-time");
    assert!(properties["status"]["enum"].as_array().unwrap().contains(&json!("duplicate")));
    assert!(!properties.contains_key("url") && !properties.contains_key("licence"));
    // Every one of them is a parameter of the items, and can be filtered by.
    let described = mendmap::openapi::ogc::document();
    let parameters = described["paths"]["/collections/reports/items"]["get"]["parameters"].as_array().unwrap();
    for name in properties.keys().filter(|name| *name != "geometry") {
        assert!(parameters.iter().any(|parameter| parameter["name"] == **name), "{name}");
        let all = found(&app, &format!("{name} IS NULL OR NOT {name} IS NULL"), "cql2-text").await;
        assert_eq!(all.len(), 60, "{name}");
    }
}

#[actix_web::test]
async fn comparisons_mean_what_they_say_under_all_names_of_the_language() {
    let app = start().await;
    for (filter, condition) in [
        ("status = 'open'", "status = 'open'"),
        ("status <> 'open' AND supporters > 2", "status <> 'open' AND supporter_count > 2"),
        (
            "status = 'open' OR status = 'fixed' AND supporters < 3",
            "status = 'open' OR status = 'fixed' AND supporter_count < 3",
        ),
        ("NOT (status = 'open' OR category = 'drains')", "NOT (status = 'open' OR category_code = 'drains')"),
        ("supporters BETWEEN 2 AND 4", "supporter_count BETWEEN 2 AND 4"),
        ("supporters NOT BETWEEN 2 AND 4", "supporter_count NOT BETWEEN 2 AND 4"),
        ("status IN ('open', 'closed')", "status IN ('open', 'closed')"),
        ("id NOT IN (1, 2, 3)", "id > 3"),
        ("supporters > 2.5", "supporter_count > 2"),
        ("title LIKE '%pothole%'", "title LIKE '%pothole%'"),
        ("title LIKE '100\\%%'", "title LIKE '100\\%%'"),
        ("title NOT LIKE 'b_ocked%'", "title NOT LIKE 'b_ocked%'"),
        ("CASEI(title) LIKE CASEI('BLOCKED%')", "title ILIKE 'blocked%'"),
        ("CASEI(ACCENTI(title)) = CASEI(ACCENTI('CAFE SIGN DOWN 5'))", "id = 5"),
        ("ACCENTI(title) LIKE ACCENTI('Cafe%')", "title LIKE 'Café%'"),
        ("street IS NULL", "street IS NULL"),
        ("street IS NOT NULL AND body = 'south'", "street IS NOT NULL"),
        ("street <> 'Quay Street'", "false"),
        ("title > 'D'", "title COLLATE \"C\" > 'D'"),
        (
            "ward = 'Quay'",
            "id IN (SELECT report_id FROM report_areas o JOIN areas a ON a.id = o.area_id WHERE a.kind = 'ward')",
        ),
        ("reported >= TIMESTAMP('2026-01-20T00:00:00Z')", "created_at >= '2026-01-20Z'"),
        ("reported = TIMESTAMP('2026-01-05T04:00:00Z')", "id = 4"),
        ("reported <> TIMESTAMP('2026-01-05T04:00:00Z')", "id <> 4"),
        ("DATE('2026-01-20') < reported", "created_at >= '2026-01-21Z'"),
        ("reported < confirmed AND confirmed < DATE('2026-01-10')", "confirmed_at < '2026-01-10Z'"),
        (
            "reported BETWEEN DATE('2026-01-10') AND DATE('2026-01-12')",
            "created_at >= '2026-01-10Z' AND created_at < '2026-01-13Z'",
        ),
        ("T_DURING(reported, INTERVAL('2026-01-10T00:00:00Z', '..'))", "created_at >= '2026-01-10T00:00:01Z'"),
        ("T_AFTER(reported, DATE('2026-01-20'))", "created_at >= '2026-01-21Z'"),
        ("T_BEFORE(TIMESTAMP('2026-01-20T00:00:00Z'), reported)", "created_at >= '2026-01-20T00:00:01Z'"),
        (
            "T_INTERSECTS(reported, INTERVAL('2026-01-10', '2026-01-12'))",
            "created_at >= '2026-01-10Z' AND created_at < '2026-01-13Z'",
        ),
        ("sent IS NULL AND photos = 0", "sent_at IS NULL"),
        ("true", "true"),
        ("false", "false"),
        ("1 = 1", "true"),
        ("\"title\" = 'It''s'", "false"),
        ("title = '''; DROP TABLE reports; --'", "false"),
    ] {
        for language in ["cql2-text", "cql-text"] {
            assert_eq!(found(&app, filter, language).await, expected(&app, condition), "{filter}");
        }
    }
}

#[actix_web::test]
async fn geometries_are_compared_in_space() {
    let app = start().await;
    let square = "POLYGON((-3.05 51.5, -2.99 51.5, -2.99 51.6, -3.05 51.6, -3.05 51.5))";
    let within = "ST_X(location) BETWEEN -3.05 AND -2.99";
    let point = app.get("/ogc/collections/reports/items/9").await.body["geometry"]["coordinates"].clone();
    for (filter, condition) in [
        (format!("S_INTERSECTS(geometry, {square})"), within.to_owned()),
        (format!("S_INTERSECTS({square}, geometry)"), within.to_owned()),
        (format!("S_WITHIN(geometry, {square}) AND status = 'open'"), format!("{within} AND status = 'open'")),
        (format!("S_CONTAINS({square}, geometry)"), within.to_owned()),
        (format!("S_DISJOINT(geometry, {square})"), format!("NOT ({within})")),
        (format!("NOT S_INTERSECTS(geometry, {square})"), format!("NOT ({within})")),
        ("S_INTERSECTS(geometry, BBOX(-3.05, 51.5, -2.99, 51.6))".to_owned(), within.to_owned()),
        (format!("S_EQUALS(geometry, POINT({} {}))", point[0], point[1]), "id = 9".to_owned()),
        ("S_CROSSES(geometry, LINESTRING(-3 51, -3 52))".to_owned(), "false".to_owned()),
        (
            "S_INTERSECTS(geometry, MULTIPOLYGON(((-3.05 51.5, -2.99 51.5, -2.99 51.6, -3.05 51.6, -3.05 51.5))))"
                .to_owned(),
            within.to_owned(),
        ),
        ("geometry IS NULL".to_owned(), "false".to_owned()),
    ] {
        assert_eq!(found(&app, &filter, "cql2-text").await, expected(&app, &condition), "{filter}");
    }
    let asked = query(&[("filter", "S_INTERSECTS(geometry, POINT(-2.98 51.56)) AND kind = 'ward'")]);
    assert_eq!(ids(&get(&app, &format!("/collections/areas/items?{asked}")).await).len(), 1);
    let asked = query(&[("filter", "geometry IS NULL")]);
    assert_eq!(ids(&get(&app, &format!("/collections/bodies/items?{asked}")).await).len(), 1);
}

#[actix_web::test]
async fn json_says_the_same_as_text() {
    let app = start().await;
    let property = |name: &str| json!({ "property": name });
    let polygon = json!({ "type": "Polygon", "coordinates": [[[-3.05, 51.5], [-2.99, 51.5], [-2.99, 51.6], [-3.05, 51.6], [-3.05, 51.5]]] });
    let cases: [(Value, &str); 8] = [
        (json!({ "op": "=", "args": [property("status"), "open"] }), "status = 'open'"),
        (
            json!({ "op": "and", "args": [{ "op": ">", "args": [property("supporters"), 2] }, { "op": "not", "args": [{ "op": "like", "args": [property("title"), "Deep%"] }] }] }),
            "supporter_count > 2 AND title NOT LIKE 'Deep%'",
        ),
        (json!({ "op": "in", "args": [property("status"), ["open", "closed"]] }), "status IN ('open', 'closed')"),
        (json!({ "op": "between", "args": [property("id"), 10, 20] }), "id BETWEEN 10 AND 20"),
        (json!({ "op": "isNull", "args": [property("street")] }), "street IS NULL"),
        (
            json!({ "op": "s_intersects", "args": [property("geometry"), polygon] }),
            "ST_X(location) BETWEEN -3.05 AND -2.99",
        ),
        (
            json!({ "op": ">=", "args": [property("reported"), { "timestamp": "2026-01-20T00:00:00Z" }] }),
            "created_at >= '2026-01-20Z'",
        ),
        (
            json!({ "op": "t_during", "args": [property("reported"), { "interval": ["2026-01-20T00:00:00Z", ".."] }] }),
            "created_at >= '2026-01-20T00:00:01Z'",
        ),
    ];
    for (filter, condition) in cases {
        assert_eq!(found(&app, &filter.to_string(), "cql2-json").await, expected(&app, condition), "{filter}");
    }
}

#[actix_web::test]
async fn what_is_not_understood_is_refused_with_the_reason() {
    let app = start().await;
    for (filter, part) in [
        ("status = ", "character"),
        ("status = 'open' status = 'open'", "character"),
        ("colour = 'red'", "no property `colour`"),
        ("licence = 'x'", "made for the answer"),
        ("supporters = 'many'", "cannot be compared"),
        ("reported > 5", "cannot be compared"),
        ("reported > 'yesterday'", "written"),
        ("reported > TIMESTAMP('2026-13-01T00:00:00Z')", "written"),
        ("supporters + 1 > 2", "sums"),
        ("title", "true or not"),
        ("title LIKE 5", "texts"),
        ("title LIKE 'x\\'", "pattern"),
        ("title LIKE street", "pattern"),
        ("title = NULL", "IS NULL"),
        ("pg_sleep(1) = 1", "pg_sleep"),
        ("version()", "version"),
        ("A_CONTAINS(title, ('a', 'b'))", "list"),
        ("S_INTERSECTS(geometry, geometry)", "property `geometry`"),
        ("S_INTERSECTS(title, POINT(0 0))", "property `geometry`"),
        ("S_INTERSECTS(geometry, POINT(500 0))", "no point"),
        ("S_INTERSECTS(geometry, POLYGON((0 0, 1 1, 0 1, 1 0, 0 0)))", "not valid"),
        ("S_INTERSECTS(geometry, POLYGON EMPTY)", "empty"),
        ("S_INTERSECTS(geometry, GEOMETRYCOLLECTION(POINT(0 0)))", "collection"),
        ("S_INTERSECTS(geometry, BBOX(0, 0, 1))", "four or six"),
        ("T_MEETS(reported, INTERVAL('2026-01-01', '..'))", "t_meets"),
        ("T_DURING(title, INTERVAL('2026-01-01', '..'))", "no moment"),
        ("CASEI(CASEI(CASEI(title))) = 'x'", "nested"),
        ("id = 1e999", "too large"),
    ] {
        let reason = refused(&app, filter, "cql2-text").await;
        assert!(reason.contains(part), "{filter}: {reason}");
    }
    for (filter, part) in [
        ("{", "JSON"),
        ("{\"op\": \"=\"}", "JSON"),
        ("{\"op\": \"=\", \"args\": [{\"property\": \"title\"}, \"\\u0000\"]}", "NUL"),
        (
            "{\"op\": \"s_intersects\", \"args\": [{\"property\": \"geometry\"}, {\"type\": \"Point\", \"coordinates\": [1]}]}",
            "JSON",
        ),
    ] {
        let reason = refused(&app, filter, "cql2-json").await;
        assert!(reason.contains(part), "{filter}: {reason}");
    }
}

/// What would take long, or more memory than a thread has, is refused, and the server goes on.
#[actix_web::test]
async fn what_is_meant_to_do_harm_does_none() {
    let app = start().await;
    let deep = |open: &str, close: &str, times: usize| format!("{}true{}", open.repeat(times), close.repeat(times));
    for filter in [
        String::from("(").repeat(7_000),
        format!("{}1 x", "(".repeat(7_000)),
        format!("{}1 x", "(".repeat(40)),
        deep("(", ")", 3_900),
        deep("NOT ", "", 1_900),
        format!("id = {}1", "-".repeat(7_900)),
        format!("id = {}1", "1-".repeat(3_900)),
        format!("id = {}1", "1^".repeat(3_900)),
        format!("1{}", "=1".repeat(3_900)),
        deep("casei(", ")", 1_100),
        deep("POLYGON(", ")", 800),
        format!("id IN ({}1)", "1,".repeat(3_000)),
        format!("id = 1{}", " OR id = 1".repeat(700)),
        "x".repeat(8_001),
        "'".repeat(7_999),
    ] {
        // Brackets around brackets may well be read; what counts is that the server answers.
        let answer = app.get(&format!("/ogc/collections/reports/items?{}", query(&[("filter", &filter)]))).await;
        assert!([200, 400].contains(&answer.status.as_u16()), "{:.40}: {}", filter, answer.status);
    }
    let nested = |times: usize| format!("{}true{}", "{\"op\":\"not\",\"args\":[".repeat(times), "]}".repeat(times));
    for times in [33, 120, 300] {
        assert!(!refused(&app, &nested(times), "cql2-json").await.is_empty());
    }
    // As much as is allowed is no trouble.
    let ring: Vec<String> = (0..360)
        .map(|n| f64::from(n).to_radians())
        .map(|n| format!("{:.5} {:.5}", -3.0 + n.cos(), 51.5 + n.sin()))
        .collect();
    let circle = format!("S_INTERSECTS(geometry, POLYGON(({}, {})))", ring.join(","), ring[0]);
    assert!(circle.len() < 8_000);
    assert_eq!(found(&app, &circle, "cql2-text").await.len(), 60);
    assert_eq!(found(&app, &format!("id = 1{}", " OR id = 1".repeat(499)), "cql2-text").await, [1]);
}
