//! The abstract tests of Part 1 that need no schema tool (OGC 17-069r4, annex A), each by the name of its requirement.

use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;
use mendmap_shared::error::ErrorCode;
use mendmap_shared::limits::OGC_COUNT_MAX;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{PUBLISHED, expected, features, get, ids, link, start};
use crate::harness::Answer;

const COLLECTIONS: [&str; 5] = ["reports", "updates", "areas", "bodies", "streets"];
const GEOJSON: &str = "application/geo+json";

#[actix_web::test]
async fn core_http_and_root_the_landing_page_answers_with_and_without_a_slash() {
    let app = start().await;
    for path in ["", "/"] {
        let page = get(&app, path).await;
        assert_eq!(page.header("content-type"), "application/json");
        assert_eq!(link(&app, &page.body, "service-desc"), Some("/ogc/api"));
        assert_eq!(link(&app, &page.body, "service-doc"), Some("/api/docs/"));
        assert_eq!(link(&app, &page.body, "conformance"), Some("/ogc/conformance"));
        assert_eq!(link(&app, &page.body, "data"), Some("/ogc/collections"));
        assert_eq!(link(&app, &page.body, "self"), Some("/ogc/"));
    }
    for path in [
        "/api",
        "/conformance",
        "/collections",
        "/collections/areas",
        "/collections/areas/items",
        "/collections/areas/queryables",
    ] {
        assert_eq!(get(&app, path).await.bytes.len(), get(&app, &format!("{path}/")).await.bytes.len(), "{path}");
    }
}

#[actix_web::test]
async fn core_api_definition_is_what_its_link_says_whatever_is_accepted() {
    let app = start().await;
    let page = get(&app, "/").await;
    let described = page.body["links"].as_array().unwrap().iter().find(|link| link["rel"] == "service-desc").unwrap();
    let kind = "application/vnd.oai.openapi+json;version=3.0";
    assert_eq!(described["type"], kind);
    for accept in [
        kind,
        "application/vnd.oai.openapi+json;version=3.0, application/openapi+json;version=3.0, application/json",
        "*/*",
    ] {
        let request = app.request(Method::GET, "/ogc/api").header("Accept", accept);
        let answer = Answer::of(request.send().await).await.expect(StatusCode::OK);
        assert_eq!(answer.header("content-type"), kind);
        assert_eq!(answer.body["openapi"], "3.0.3");
    }
}

#[actix_web::test]
async fn core_conformance_lists_the_classes() {
    let app = start().await;
    let answer = get(&app, "/conformance").await;
    let classes = answer.body["conformsTo"].as_array().unwrap();
    for class in [
        "ogcapi-features-1/1.0/conf/core",
        "ogcapi-features-1/1.0/conf/geojson",
        "ogcapi-features-1/1.0/conf/oas30",
        "ogcapi-features-2/1.0/conf/crs",
    ] {
        assert!(classes.contains(&json!(format!("http://www.opengis.net/spec/{class}"))), "{class}");
    }
}

#[actix_web::test]
async fn core_fc_md_each_collection_is_described_alike_in_the_list_and_by_itself() {
    let app = start().await;
    let list = get(&app, "/collections").await;
    assert_eq!(link(&app, &list.body, "self"), Some("/ogc/collections"));
    let all = list.body["collections"].as_array().unwrap();
    assert_eq!(all.iter().map(|one| one["id"].as_str().unwrap()).collect::<Vec<_>>(), COLLECTIONS);
    for one in all {
        let id = one["id"].as_str().unwrap();
        assert_eq!(get(&app, &format!("/collections/{id}")).await.body, *one);
        assert_eq!(link(&app, one, "items"), Some(format!("/ogc/collections/{id}/items").as_str()));
        let links = one["links"].as_array().unwrap();
        assert_eq!(links.iter().find(|link| link["rel"] == "items").unwrap()["type"], GEOJSON);
        assert_eq!(one["itemType"], "feature");
        assert!(one["title"].is_string() && one["description"].is_string());
        assert!(one["crs"].as_array().unwrap().contains(&json!("http://www.opengis.net/def/crs/OGC/1.3/CRS84")));
        let bbox = &one["extent"]["spatial"]["bbox"];
        assert_eq!(bbox.as_array().unwrap().len(), 1, "{bbox}");
        let number = |place: usize| bbox[0][place].as_f64().unwrap();
        assert!(number(0) < number(2) && number(1) < number(3), "{bbox}");
        let interval = &one["extent"]["temporal"]["interval"];
        assert_eq!(interval.is_null(), !["reports", "updates"].contains(&id));
        assert!(interval.is_null() || interval[0][1].is_null());
    }
    let areas = &all[2]["extent"]["spatial"]["bbox"];
    assert_eq!(*areas, json!([[-3.1, 51.5, -2.9, 51.7]]));
    app.get("/ogc/collections/secrets").await.expect_error(ErrorCode::NotFound);
}

#[actix_web::test]
async fn core_fc_extents_of_nothing_are_left_out() {
    let app = crate::harness::TestApp::start().await;
    let one = get(&app, "/collections/reports").await;
    assert_eq!(one.body.get("extent"), None);
    let page = get(&app, "/collections/reports/items").await;
    assert_eq!((features(&page).len(), &page.body["numberMatched"]), (0, &json!(0)));
}

#[actix_web::test]
async fn core_fc_response_a_page_has_all_its_members_and_every_property_is_in_every_feature() {
    let app = start().await;
    for id in COLLECTIONS {
        let page = get(&app, &format!("/collections/{id}/items?limit=20")).await;
        assert_eq!(page.header("content-type"), GEOJSON);
        assert_eq!(page.body["type"], "FeatureCollection");
        assert_eq!(page.body["numberReturned"].as_u64().unwrap() as usize, features(&page).len());
        assert!(page.body["timeStamp"].as_str().unwrap().ends_with('Z'));
        assert!(link(&app, &page.body, "self").unwrap().starts_with(&format!("/ogc/collections/{id}/items")));
        let described = &mendmap::openapi::ogc::document()["components"]["schemas"][format!("Feature_{id}")];
        let names: Vec<&str> = described["properties"]["properties"]["required"]
            .as_array()
            .unwrap()
            .iter()
            .map(|name| name.as_str().unwrap())
            .collect();
        assert!(!features(&page).is_empty());
        for feature in features(&page) {
            let properties = feature["properties"].as_object().unwrap();
            assert_eq!(properties.keys().map(String::as_str).collect::<Vec<_>>(), names, "{id}");
            assert_eq!(feature["properties"]["id"], feature["id"]);
            assert!(feature.get("geometry").is_some());
        }
    }
    let nowhere = get(&app, "/collections/bodies/items?slug=nowhere").await;
    assert_eq!(features(&nowhere)[0]["geometry"], Value::Null);
}

#[actix_web::test]
async fn core_fc_number_matched_is_exact() {
    let app = start().await;
    for (query, condition) in [
        ("", "true"),
        ("?status=open", "status = 'open'"),
        ("?limit=7", "true"),
        ("?limit=7&status=fixed", "status = 'fixed'"),
    ] {
        let page = get(&app, &format!("/collections/reports/items{query}")).await;
        assert_eq!(page.body["numberMatched"].as_u64().unwrap() as usize, expected(&app, condition).len(), "{query}");
    }
    for (id, count) in [("updates", 40), ("areas", 3), ("bodies", 3), ("streets", 2)] {
        assert_eq!(get(&app, &format!("/collections/{id}/items?limit=1")).await.body["numberMatched"], count, "{id}");
    }
}

#[actix_web::test]
async fn core_fc_number_matched_is_left_out_where_counting_would_take_long() {
    let app = start().await;
    let add = |from: i64, to: i64| {
        app.sql(&format!(
            "INSERT INTO street_lines (class, name, geom, source, source_key)
             SELECT 'minor', 'Street ' || n, ST_SetSRID(ST_MakeLine(ST_MakePoint(-3, 51.5 + n * 1e-6), ST_MakePoint(-2.99, 51.5 + n * 1e-6)), 4326),
                    'many', n
             FROM generate_series({from}, {to}) AS n"
        ));
    };
    // Nobody looks for them by their place here, and to index many takes long.
    app.sql("DROP INDEX street_lines_geom_idx, street_lines_named_geom_idx");
    // Two are there already.
    add(3, OGC_COUNT_MAX);
    let path = "/collections/streets/items?limit=7";
    let page = get(&app, path).await;
    assert_eq!((features(&page).len(), &page.body["numberMatched"]), (7, &json!(OGC_COUNT_MAX)));
    add(OGC_COUNT_MAX + 1, OGC_COUNT_MAX + 1);
    let page = get(&app, path).await;
    assert_eq!((features(&page).len(), page.body.get("numberMatched")), (7, None));
    assert_eq!(page.body["numberReturned"], 7);
    assert!(link(&app, &page.body, "next").is_some());
    // Of these few it is known again.
    let page = get(&app, &format!("{path}&name=Long%20Road")).await;
    assert_eq!((features(&page).len(), &page.body["numberMatched"]), (1, &json!(1)));
}

#[actix_web::test]
async fn core_fc_response_a_page_that_was_found_comes_though_it_cannot_be_counted_in_time() {
    let app = start().await;
    let path = "/collections/reports/items?limit=7";
    let whole = get(&app, path).await;
    assert_eq!(whole.body["numberMatched"], PUBLISHED);
    // Whoever counts waits for this one, and whoever reads reports does not.
    let mut busy = app.conn();
    busy.batch_execute("BEGIN; LOCK TABLE map_counts IN ACCESS EXCLUSIVE MODE").unwrap();
    // Again and again: no connection is left in a transaction that failed.
    for _ in 0..3 {
        let begun = Instant::now();
        let page = get(&app, path).await;
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
        assert_eq!(page.body.get("numberMatched"), None);
        assert_eq!(page.body["features"], whole.body["features"]);
        assert_eq!(link(&app, &page.body, "next"), link(&app, &whole.body, "next"));
    }
    busy.batch_execute("ROLLBACK").unwrap();
    assert_eq!(get(&app, path).await.body["numberMatched"], PUBLISHED);
    // What fails for another reason is no page.
    app.sql("ALTER TABLE map_counts RENAME TO map_counts_elsewhere");
    app.get(&format!("/ogc{path}")).await.expect_error(ErrorCode::Internal);
    app.sql("ALTER TABLE map_counts_elsewhere RENAME TO map_counts");
    assert_eq!(get(&app, path).await.body["numberMatched"], PUBLISHED);
}

#[actix_web::test]
async fn core_fc_limit_response_more_than_there_may_be_is_as_many_as_there_may_be() {
    let app = start().await;
    assert_eq!(features(&get(&app, "/collections/reports/items?limit=7").await).len(), 7);
    let all = get(&app, "/collections/reports/items?limit=1000000").await;
    assert_eq!(features(&all).len(), PUBLISHED);
    assert_eq!(link(&app, &all.body, "next"), None);
}

#[actix_web::test]
async fn core_fc_bbox_response_only_what_meets_the_box_and_what_has_no_place() {
    let app = start().await;
    let within = "ST_X(location) BETWEEN -3.05 AND -2.99";
    for bbox in [
        "-3.05,51.5,-2.99,51.6",
        "-3.05,51.5,-10,-2.99,51.6,10",
        "-3.0499999999999998,51.5,-2.9900000000000002,51.600000000000001",
    ] {
        let page = get(&app, &format!("/collections/reports/items?bbox={bbox}")).await;
        assert_eq!(ids(&page), expected(&app, within), "{bbox}");
        assert_eq!(page.body["numberMatched"].as_u64().unwrap() as usize, ids(&page).len());
    }
    // Over the antimeridian: everything but a strip.
    let page = get(&app, "/collections/reports/items?bbox=-2.99,51.5,-3.05,51.6").await;
    assert_eq!(ids(&page), expected(&app, "ST_X(location) >= -2.99 OR ST_X(location) <= -3.05"));
    let bodies = get(&app, "/collections/bodies/items?bbox=-3.1,51.65,-3.0,51.69").await;
    let slugs: Vec<&Value> = features(&bodies).iter().map(|feature| &feature["properties"]["slug"]).collect();
    assert_eq!(slugs, ["north", "nowhere"]);
    assert_eq!(features(&get(&app, "/collections/streets/items?bbox=-3.05,51.52,-3.04,51.54").await).len(), 1);
    // A box without a width is a place, too.
    assert_eq!(features(&get(&app, "/collections/areas/items?bbox=-3.0,51.56,-3.0,51.56").await).len(), 2);
}

#[actix_web::test]
async fn core_fc_time_response_only_what_was_then_with_ends_as_they_are_told() {
    let app = start().await;
    let told = get(&app, "/collections/reports/items?limit=1").await;
    let first = features(&told)[0]["properties"]["reported"].as_str().unwrap().to_owned();
    for (datetime, condition) in [
        (first.clone(), "id = 1".to_owned()),
        (format!("{first}/.."), "true".to_owned()),
        (format!("{first}/"), "true".to_owned()),
        (format!("../{first}"), "id = 1".to_owned()),
        (format!("/{first}"), "id = 1".to_owned()),
        (
            "2026-01-10T00:00:00Z/2026-01-20T12:00:00Z".to_owned(),
            "created_at BETWEEN '2026-01-10Z' AND '2026-01-20T12:00:00Z'".to_owned(),
        ),
        ("2026-01-10T02:00:00%2B02:00/..".to_owned(), "created_at >= '2026-01-10Z'".to_owned()),
        ("2026-01-10".to_owned(), "created_at >= '2026-01-10Z' AND created_at < '2026-01-11Z'".to_owned()),
        ("1999-01-01T00:00:00Z".to_owned(), "false".to_owned()),
    ] {
        let page = get(&app, &format!("/collections/reports/items?datetime={datetime}")).await;
        assert_eq!(ids(&page), expected(&app, &condition), "{datetime}");
    }
    // What has no time is there at all times.
    assert_eq!(features(&get(&app, "/collections/areas/items?datetime=1999-01-01T00:00:00Z").await).len(), 3);
}

#[actix_web::test]
async fn core_param_filter_a_property_is_a_parameter() {
    let app = start().await;
    for (query, condition) in [
        ("status=fixed", "status = 'fixed'"),
        ("status_group=open&category=drains", "status_group = 'open' AND category_code = 'drains'"),
        ("supporters=3", "supporter_count = 3"),
        ("body=south", "true"),
        (
            "council=Southshire&ward=Quay",
            "ST_X(location) >= -3.0 AND ST_Y(location) >= 51.55 AND ST_X(location) <= -2.95",
        ),
        ("title=Deep%20pothole%204", "title = 'Deep pothole 4'"),
        ("title=%27%20OR%20true%20--", "false"),
        ("reported=2026-01-05T04:00:00Z", "id = 4"),
    ] {
        assert_eq!(
            ids(&get(&app, &format!("/collections/reports/items?{query}")).await),
            expected(&app, condition),
            "{query}"
        );
    }
    let of_body = get(&app, "/collections/updates/items?by=body&status=fixed").await;
    assert_eq!(features(&of_body).len(), 20);
    assert_eq!(features(&of_body)[0]["properties"]["body"], "south");
}

#[actix_web::test]
async fn core_query_param_unknown_and_invalid_are_refused_with_the_reason() {
    let app = start().await;
    for (path, name) in [
        ("?colour=red", "colour"),
        ("/api?x=1", "x"),
        ("/conformance?x=1", "x"),
        ("/collections?x=1", "x"),
        ("/collections/reports?limit=1", "limit"),
        ("/collections/reports/queryables?x=", "x"),
        ("/collections/reports/items?url=x", "url"),
        ("/collections/areas/items?status=open", "status"),
        ("/collections/reports/items/1?bbox=0,0,1,1", "bbox"),
        ("/collections/reports/items?limit=0", "limit"),
        ("/collections/reports/items?bbox=1,2,3", "bbox"),
        ("/collections/reports/items?bbox=330000,180000,340000,190000", "bbox"),
        ("/collections/reports/items?datetime=never", "datetime"),
        ("/collections/reports/items?crs=http://www.opengis.net/def/crs/EPSG/0/9999", "crs"),
        ("/collections/reports/items/1?crs=x", "crs"),
        ("/collections/reports/items?bbox=0,0,1,1&bbox-crs=x", "bbox-crs"),
        ("/collections/reports/items?filter=colour%20%3D%20%27red%27", "filter"),
        ("/collections/reports/items?filter=status%20%3D", "filter"),
        ("/collections/reports/items?filter=true&filter-lang=ecql", "filter-lang"),
        ("/collections/reports/items?cursor=nonsense", "cursor"),
    ] {
        let refused = app.get(&format!("/ogc{path}")).await.expect_error(ErrorCode::InvalidRequest);
        let reason = refused.body["error"]["fields"][name]["message"].as_str().unwrap_or_default();
        assert!(reason.len() > 10, "{path}: {}", refused.body);
    }
    assert_eq!(features(&get(&app, "/collections/areas/items?f=json").await).len(), 3);
}

#[actix_web::test]
async fn core_f_success_a_feature_is_found_under_its_number_and_linked() {
    let app = start().await;
    for id in COLLECTIONS {
        let page = get(&app, &format!("/collections/{id}/items?limit=1")).await;
        let first = &features(&page)[0];
        let answer = get(&app, &format!("/collections/{id}/items/{}", first["id"])).await;
        assert_eq!(answer.header("content-type"), GEOJSON);
        for member in ["type", "id", "geometry", "properties"] {
            assert_eq!(answer.body[member], first[member], "{id}");
        }
        assert_eq!(
            link(&app, &answer.body, "self"),
            Some(format!("/ogc/collections/{id}/items/{}", first["id"]).as_str())
        );
        assert_eq!(link(&app, &answer.body, "collection"), Some(format!("/ogc/collections/{id}").as_str()));
    }
    let report = get(&app, "/collections/reports/items/1").await;
    assert_eq!(link(&app, &report.body, "alternate"), Some("/reports/1"));
    assert_eq!(report.body["properties"]["url"], format!("{}/reports/1", app.address));
    for path in [
        "reports/items/99999",
        "reports/items/61",
        "reports/items/62",
        "reports/items/63",
        "reports/items/x",
        "reports/items/0",
        "streets/items/3",
        "secrets/items/1",
    ] {
        app.get(&format!("/ogc/collections/{path}")).await.expect_error(ErrorCode::NotFound);
    }
}

#[actix_web::test]
async fn nothing_that_is_nobodys_business_is_in_any_collection() {
    let app = start().await;
    for id in COLLECTIONS {
        let page = get(&app, &format!("/collections/{id}/items?limit=10000")).await;
        let text = String::from_utf8(page.bytes.clone()).unwrap();
        assert!(!text.contains("secret") && !text.contains('@'), "{id}");
    }
    let asked = super::query(&[("filter", "title = 'secret' OR status = 'open' OR NOT status = 'open'")]);
    assert_eq!(ids(&get(&app, &format!("/collections/reports/items?{asked}")).await).len(), PUBLISHED);
}

#[actix_web::test]
async fn other_methods_are_told_which_one_there_is_and_other_sites_pages_may_read() {
    let app = start().await;
    for path in ["/ogc/", "/ogc/collections/reports/items", "/ogc/collections/reports/items/1"] {
        let refused = Answer::of(app.request(Method::POST, path).send().await).await;
        assert_eq!(refused.header("allow"), "GET, HEAD");
        refused.expect_error(ErrorCode::MethodNotAllowed);
        let head = Answer::of(app.request(Method::HEAD, path).send().await).await.expect(StatusCode::OK);
        assert!(head.bytes.is_empty());
        let request = app.request(Method::GET, path).header("Origin", "https://gis.example.org");
        let read = Answer::of(request.send().await).await;
        assert_eq!(read.header("access-control-allow-origin"), "*");
        assert!(read.header("access-control-expose-headers").to_lowercase().contains("content-crs"));
    }
    app.get("/ogc/nothing").await.expect_error(ErrorCode::NotFound);
}

#[actix_web::test]
async fn what_has_not_changed_is_not_sent_again() {
    let app = start().await;
    for path in
        ["/ogc/collections/reports/items?limit=5", "/ogc/collections/reports/items/1", "/ogc/api", "/ogc/collections"]
    {
        let tag = app.get(path).await.expect(StatusCode::OK).header("etag").to_owned();
        // The page tells when it was made, which is no change.
        tokio::time::sleep(Duration::from_millis(1_100)).await;
        let request = app.request(Method::GET, path).header("If-None-Match", &tag);
        Answer::of(request.send().await).await.expect(StatusCode::NOT_MODIFIED);
    }
    let path = "/ogc/collections/reports/items/1";
    let tag = app.get(path).await.header("etag").to_owned();
    app.sql("UPDATE reports SET title = 'Another' WHERE id = 1");
    let request = app.request(Method::GET, path).header("If-None-Match", &tag);
    Answer::of(request.send().await).await.expect(StatusCode::OK);
}
