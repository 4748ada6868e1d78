//! Requirements of Part 1 (OGC 17-069r4) about operations, parameters and links, each by its name, against the description that the
//! server gives and what it answers.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Double};
use mendmap_shared::error::ErrorCode;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{PUBLISHED, features, get, ids, link, start};
use crate::harness::{Answer, TestApp};

const COLLECTIONS: [&str; 5] = ["reports", "updates", "areas", "bodies", "streets"];
const GEOJSON: &str = "application/geo+json";

/// What the description says of an address; it has to be in there.
fn operation<'a>(document: &'a Value, path: &str) -> &'a Value {
    let operation = &document["paths"][path]["get"];
    assert!(operation["responses"]["200"]["content"].is_object(), "{path}");
    operation
}

/// The parameter of an operation, whether it stands there or is referred to. Some of it every definition demands.
fn parameter<'a>(document: &'a Value, path: &str, name: &str) -> &'a Value {
    let all = operation(document, path)["parameters"].as_array().unwrap();
    let resolved = all.iter().map(|one| match one["$ref"].as_str() {
        Some(at) => document.pointer(at.strip_prefix('#').unwrap()).unwrap_or_else(|| panic!("{at} is nowhere")),
        None => one,
    });
    let found: Vec<&Value> = resolved.filter(|one| one["name"] == name).collect();
    assert_eq!(found.len(), 1, "{name} of {path}");
    let found = found[0];
    assert_eq!((&found["in"], &found["required"]), (&json!("query"), &json!(false)), "{name} of {path}");
    assert_eq!((&found["style"], &found["explode"]), (&json!("form"), &json!(false)), "{name} of {path}");
    found
}

/// Follows every link of ours, which has to lead to what it says. Answers their relations.
async fn follow(app: &TestApp, body: &Value) -> Vec<String> {
    let mut relations = Vec::new();
    for link in body["links"].as_array().unwrap() {
        let (rel, kind) = (link["rel"].as_str().unwrap(), link["type"].as_str().unwrap());
        relations.push(rel.to_owned());
        let Some(path) = link["href"].as_str().unwrap().strip_prefix(&app.address) else {
            assert_eq!(rel, "license", "{link} leads elsewhere");
            continue;
        };
        // Pages of reports are the app's, which tests do without.
        if kind != "text/html" || path.starts_with("/api/") {
            let request = app.request(Method::GET, path).header("Accept", kind);
            let answer = Answer::of(request.send().await).await.expect(StatusCode::OK);
            assert!(answer.header("content-type").starts_with(kind), "{link}: {}", answer.header("content-type"));
        }
    }
    relations
}

/// Every position of a geometry.
fn positions(coordinates: &Value) -> Vec<(f64, f64)> {
    let parts = coordinates.as_array().unwrap();
    match (parts.first().and_then(Value::as_f64), parts.get(1).and_then(Value::as_f64)) {
        (Some(first), Some(second)) => vec![(first, second)],
        _ => parts.iter().flat_map(positions).collect(),
    }
}

#[actix_web::test]
async fn core_root_op_the_landing_page_is_described_and_every_link_of_it_leads_to_what_it_says() {
    let app = start().await;
    let document = get(&app, "/api").await.body;
    operation(&document, "/");
    let page = get(&app, "/").await;
    let relations = follow(&app, &page.body).await;
    for rel in ["self", "service-desc", "service-doc", "conformance", "data"] {
        assert!(relations.iter().any(|known| known == rel), "{rel}: {relations:?}");
    }
    let head = Answer::of(app.request(Method::HEAD, "/ogc/").send().await).await.expect(StatusCode::OK);
    assert_eq!((head.header("content-type"), head.bytes.len()), ("application/json", 0));
}

#[actix_web::test]
async fn core_conformance_success_every_class_is_told_once() {
    let app = start().await;
    let document = get(&app, "/api").await.body;
    operation(&document, "/conformance");
    let answer = get(&app, "/conformance").await;
    assert_eq!(answer.header("content-type"), "application/json");
    let all: [(&str, &[&str]); 4] = [
        ("ogcapi-features-1/1.0", &["core", "geojson", "oas30"]),
        ("ogcapi-features-2/1.0", &["crs"]),
        ("ogcapi-features-3/1.0", &["queryables", "queryables-query-parameters", "filter", "features-filter"]),
        (
            "cql2/1.0",
            &[
                "cql2-text",
                "cql2-json",
                "basic-cql2",
                "advanced-comparison-operators",
                "case-insensitive-comparison",
                "accent-insensitive-comparison",
                "basic-spatial-functions",
            ],
        ),
    ];
    let mut expected = Vec::new();
    for (standard, classes) in all {
        for class in classes {
            expected.push(format!("http://www.opengis.net/spec/{standard}/conf/{class}"));
        }
    }
    assert_eq!(answer.body, json!({ "conformsTo": expected }));
}

#[actix_web::test]
async fn core_fc_limit_definition_and_what_it_says_holds() {
    let app = start().await;
    let document = get(&app, "/api").await.body;
    for id in COLLECTIONS {
        let path = format!("/collections/{id}/items");
        let schema = &parameter(&document, &path, "limit")["schema"];
        assert_eq!((&schema["type"], &schema["minimum"]), (&json!("integer"), &json!(1)), "{id}");
        let (usual, most) = (schema["default"].as_i64().unwrap(), schema["maximum"].as_i64().unwrap());
        assert!((1..=most).contains(&usual), "{id}: {usual} of {most}");
        for limit in [1, usual, most, most + 1] {
            let page = get(&app, &format!("{path}?limit={limit}")).await;
            assert!((1..=limit.min(most)).contains(&(features(&page).len() as i64)), "{id} by {limit}");
        }
        for limit in ["0", "-1", "1.5", "many", ""] {
            let refused = app.get(&format!("/ogc{path}?limit={limit}")).await.expect_error(ErrorCode::InvalidRequest);
            assert!(refused.body["error"]["fields"]["limit"].is_object(), "{id} by {limit:?}");
        }
    }
    assert_eq!(parameter(&document, "/collections/reports/items", "limit")["schema"]["maximum"], 10_000);
}

#[actix_web::test]
async fn core_fc_bbox_definition() {
    let app = start().await;
    let document = get(&app, "/api").await.body;
    for id in COLLECTIONS {
        let schema = &parameter(&document, &format!("/collections/{id}/items"), "bbox")["schema"];
        assert_eq!((&schema["type"], &schema["items"]), (&json!("array"), &json!({ "type": "number" })), "{id}");
        let lengths = json!([{ "minItems": 4, "maxItems": 4 }, { "minItems": 6, "maxItems": 6 }]);
        assert_eq!(schema["oneOf"], lengths, "{id}");
    }
}

#[actix_web::test]
async fn core_fc_time_definition() {
    let app = start().await;
    let document = get(&app, "/api").await.body;
    for id in COLLECTIONS {
        let schema = &parameter(&document, &format!("/collections/{id}/items"), "datetime")["schema"];
        assert_eq!(*schema, json!({ "type": "string" }), "{id}");
    }
}

#[actix_web::test]
async fn core_crs84_coordinates_are_longitude_and_latitude_unless_others_are_asked_for() {
    let app = start().await;
    let crs84 = "<http://www.opengis.net/def/crs/OGC/1.3/CRS84>";
    for id in COLLECTIONS {
        let page = get(&app, &format!("/collections/{id}/items?limit=100")).await;
        assert_eq!(page.header("content-crs"), crs84, "{id}");
        assert_eq!(page.body.get("crs"), None, "{id}");
        let with_geometry = features(&page).iter().filter(|feature| !feature["geometry"].is_null());
        let all: Vec<(f64, f64)> =
            with_geometry.flat_map(|feature| positions(&feature["geometry"]["coordinates"])).collect();
        assert!(!all.is_empty(), "{id}");
        let is_here = |(lon, lat): &(f64, f64)| (-3.2..-2.8).contains(lon) && (51.4..51.8).contains(lat);
        assert!(all.iter().all(is_here), "{id}: {all:?}");
        let one = get(&app, &format!("/collections/{id}/items/{}", ids(&page)[0])).await;
        assert_eq!(one.header("content-crs"), crs84, "{id}");
        assert_eq!(one.body["geometry"], features(&page)[0]["geometry"], "{id}");
    }
    let stored: Vec<(i64, f64, f64)> = diesel::dsl::sql::<(BigInt, Double, Double)>(
        "SELECT id, ST_X(location), ST_Y(location) FROM reports WHERE visibility = 'published' ORDER BY id",
    )
    .load(&mut app.conn())
    .unwrap();
    let page = get(&app, "/collections/reports/items").await;
    assert_eq!(features(&page).len(), stored.len());
    for (feature, (id, lon, lat)) in features(&page).iter().zip(stored) {
        assert_eq!(feature["id"], id);
        let told = positions(&feature["geometry"]["coordinates"])[0];
        assert!((told.0 - lon).abs() < 1e-9 && (told.1 - lat).abs() < 1e-9, "{id}: {told:?} is not {lon} {lat}");
    }
}

#[actix_web::test]
async fn core_fc_time_stamp_is_the_moment_of_the_answer() {
    let app = start().await;
    let asked = async || {
        let begun = Utc::now().timestamp();
        let page = get(&app, "/collections/reports/items?limit=3").await;
        let told = page.body["timeStamp"].as_str().unwrap();
        let told = DateTime::parse_from_rfc3339(told).unwrap().timestamp();
        assert!((begun..=Utc::now().timestamp()).contains(&told), "{told} is not now");
        (told, page.header("etag").to_owned())
    };
    let (before, tag) = asked().await;
    // It is told to the second.
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    let (after, still) = asked().await;
    assert!(before < after);
    assert_eq!(tag, still, "though nothing has changed, and the tag says so");
}

#[actix_web::test]
async fn core_sfc_md_op_and_success_each_collection_is_described_by_itself_as_in_the_list() {
    let app = start().await;
    let document = get(&app, "/api").await.body;
    let list = get(&app, "/collections").await.body;
    for (id, listed) in COLLECTIONS.iter().zip(list["collections"].as_array().unwrap()) {
        let path = format!("/collections/{id}");
        operation(&document, &path);
        let answer = get(&app, &path).await;
        assert_eq!(answer.header("content-type"), "application/json");
        for member in ["id", "title", "description", "extent", "links"] {
            assert!(!answer.body[member].is_null(), "{member} of {id}");
            assert_eq!(answer.body[member], listed[member], "{member} of {id}");
        }
        assert_eq!(answer.body["id"], *id);
    }
}

#[actix_web::test]
async fn core_fc_md_items_links_lead_to_the_features() {
    let app = start().await;
    let list = get(&app, "/collections").await.body;
    for one in list["collections"].as_array().unwrap() {
        let relations = follow(&app, one).await;
        // One for each encoding that is described: there is one.
        assert_eq!(relations.iter().filter(|rel| *rel == "items").count(), 1, "{relations:?}");
        let page = app.get(link(&app, one, "items").unwrap()).await.expect(StatusCode::OK);
        assert_eq!(page.header("content-type"), GEOJSON);
        let path = format!("/collections/{}/items", one["id"].as_str().unwrap());
        let document = get(&app, "/api").await.body;
        let encodings = operation(&document, &path)["responses"]["200"]["content"].as_object().unwrap();
        assert_eq!(encodings.keys().collect::<Vec<_>>(), [GEOJSON]);
    }
}

#[actix_web::test]
async fn core_fc_op_and_f_op_every_feature_of_every_collection_is_found_by_its_number() {
    let app = start().await;
    let document = get(&app, "/api").await.body;
    for id in COLLECTIONS {
        let path = format!("/collections/{id}/items");
        operation(&document, &path);
        let one = operation(&document, &format!("{path}/{{featureId}}"));
        let number = one["parameters"].as_array().unwrap().iter().find(|one| one["name"] == "featureId").unwrap();
        assert_eq!((&number["in"], &number["required"]), (&json!("path"), &json!(true)), "{id}");
        let page = get(&app, &path).await;
        assert!(!features(&page).is_empty(), "{id}");
        for feature in features(&page) {
            let found = get(&app, &format!("{path}/{}", feature["id"])).await;
            assert_eq!(found.header("content-type"), GEOJSON);
            for member in ["type", "id", "geometry", "properties"] {
                assert_eq!(found.body[member], feature[member], "{member} of {} in {id}", feature["id"]);
            }
        }
    }
}

#[actix_web::test]
async fn core_fc_links_and_f_links_lead_to_the_same_to_the_next_and_to_the_collection() {
    let app = start().await;
    for id in COLLECTIONS {
        let first = get(&app, &format!("/collections/{id}/items?limit=1")).await;
        let relations = follow(&app, &first.body).await;
        assert_eq!(relations, ["self", "next", "collection"], "{id}");
        let same = app.get(link(&app, &first.body, "self").unwrap()).await.expect(StatusCode::OK);
        assert_eq!(ids(&same), ids(&first), "{id}");
        assert_eq!(link(&app, &same.body, "next"), link(&app, &first.body, "next"), "{id}");
        let next = app.get(link(&app, &first.body, "next").unwrap()).await.expect(StatusCode::OK);
        assert!(ids(&next)[0] > ids(&first)[0], "{id}");
        // The page that a cursor leads to names itself, too.
        let again = app.get(link(&app, &next.body, "self").unwrap()).await.expect(StatusCode::OK);
        assert_eq!(ids(&again), ids(&next), "{id}");
        let whole = get(&app, &format!("/collections/{id}/items?limit=100")).await;
        assert_eq!(follow(&app, &whole.body).await, ["self", "collection"], "{id}");
        let collection = app.get(link(&app, &whole.body, "collection").unwrap()).await.expect(StatusCode::OK);
        assert_eq!(collection.body["id"], id);

        let number = ids(&first)[0];
        let one = get(&app, &format!("/collections/{id}/items/{number}")).await;
        let relations = follow(&app, &one.body).await;
        assert!(relations.starts_with(&["self".to_owned(), "collection".to_owned()]), "{id}: {relations:?}");
        let same = app.get(link(&app, &one.body, "self").unwrap()).await.expect(StatusCode::OK);
        assert_eq!(same.body, one.body, "{id}");
        let collection = app.get(link(&app, &one.body, "collection").unwrap()).await.expect(StatusCode::OK);
        assert_eq!(collection.body["id"], id);
    }
}

#[actix_web::test]
async fn core_fc_number_returned_is_how_many_features_are_in_the_page() {
    let app = start().await;
    for (query, count) in [
        ("limit=1", 1),
        ("limit=7", 7),
        ("limit=59", 59),
        ("limit=60", PUBLISHED),
        ("limit=61", PUBLISHED),
        ("status=unheard-of", 0),
        ("id=7", 1),
    ] {
        let page = get(&app, &format!("/collections/reports/items?{query}")).await;
        assert_eq!((features(&page).len(), &page.body["numberReturned"]), (count, &json!(count)), "{query}");
    }
    // The last page, which is not full.
    let page = get(&app, "/collections/reports/items?limit=59").await;
    let last = app.get(link(&app, &page.body, "next").unwrap()).await.expect(StatusCode::OK);
    assert_eq!((features(&last).len(), &last.body["numberReturned"]), (1, &json!(1)));
}
