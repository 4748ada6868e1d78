//! What the API's description shows: one report on Commercial Street in Newport, as each request and answer has it.
//!
//! Every example is read into its type by a test of the API.

use serde_json::{Value, json};

const CREATED: &str = "2026-11-20T08:30:00Z";
const CHANGED: &str = "2026-11-21T14:05:00Z";
const PHOTO: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
const TOKEN: &str = "q7Z0p3m1XUO8r2yKcW5nLw";

fn location() -> Value {
    json!({ "lon": -2.99434, "lat": 51.58519 })
}

pub(super) fn body() -> Value {
    json!({ "slug": "newport", "name": "Newport City Council" })
}

pub(super) fn category_name() -> Value {
    json!({ "code": "potholes", "name": "Potholes", "group": "Roads and pavements" })
}

fn areas() -> Value {
    json!([
        { "id": 1, "kind": "council", "name": "Newport", "name_alt": "Casnewydd" },
        { "id": 23, "kind": "ward", "name": "Stow Hill" },
    ])
}

pub(super) fn area() -> Value {
    json!({ "id": 23, "kind": "ward", "name": "Stow Hill" })
}

pub(super) fn photo() -> Value {
    json!({
        "id": PHOTO, "width": 2048, "height": 1536,
        "full": format!("/photos/{PHOTO}/full.jpg"),
        "page": format!("/photos/{PHOTO}/page.jpg"),
        "thumb": format!("/photos/{PHOTO}/thumb.jpg"),
    })
}

pub(super) fn report_summary() -> Value {
    json!({
        "id": 1204, "title": "Deep pothole by the bus stop", "location": location(), "category": category_name(),
        "status": "action_scheduled", "status_group": "open", "street": "Commercial Street", "area": "Stow Hill",
        "bodies": [body()], "created_at": CREATED, "updated_at": CHANGED, "photo": photo(), "supporters": 3, "updates": 1,
    })
}

/// A summary with these fields as well.
fn summary_and(more: &Value) -> Value {
    let mut whole = report_summary();
    if let (Some(whole), Some(more)) = (whole.as_object_mut(), more.as_object()) {
        whole.extend(more.clone());
    }
    whole
}

pub(super) fn report() -> Value {
    summary_and(&json!({
        "detail": "It has been getting larger since the frost.", "author_name": "Carys Morgan", "visibility": "published",
        "photos": [photo()], "areas": areas(), "deliveries": [{ "body": body(), "sent_at": "2026-11-20T08:30:04Z" }],
        "viewer": { "author": false, "following": true, "supporting": false, "staff": false, "allowed": ["fixed"] },
    }))
}

pub(super) fn my_report() -> Value {
    summary_and(&json!({ "visibility": "published" }))
}

pub(super) fn new_report() -> Value {
    json!({
        "location": location(), "category": "potholes", "title": "Deep pothole by the bus stop",
        "detail": "It has been getting larger since the frost.", "answers": { "depth": "12", "danger": "no" },
        "photos": [PHOTO], "anonymous": false,
        "author": { "name": "Carys Morgan", "email": "resident@example.org", "phone": "01633 496 0123" },
    })
}

pub(super) fn report_taken() -> Value {
    json!({ "id": 1204, "visibility": "unconfirmed", "bodies": [body()] })
}

pub(super) fn support_request() -> Value {
    json!({ "device": "b3d1f0a2-7c64-4f0e-9d55-2f1c6f0f8a11" })
}

pub(super) fn supported() -> Value {
    json!({ "supporters": 4 })
}

pub(super) fn follow_request() -> Value {
    json!({ "email": "resident@example.org" })
}

pub(super) fn followed() -> Value {
    json!({ "following": false })
}

pub(super) fn confirmed() -> Value {
    json!({ "what": "report", "report_id": 1204, "session": session() })
}

pub(super) fn update() -> Value {
    json!({
        "id": 377, "created_at": CHANGED, "by": { "kind": "body", "body": body() },
        "text": "We have looked at it and will mend it on Thursday.", "status": "action_scheduled", "photos": [],
    })
}

pub(super) fn new_update() -> Value {
    json!({
        "text": "It has been mended, thank you.", "status": "fixed", "photos": [PHOTO], "anonymous": false,
        "author": { "name": "Carys Morgan", "email": "resident@example.org" },
    })
}

pub(super) fn update_taken() -> Value {
    json!({ "id": 378, "visibility": "unconfirmed" })
}

pub(super) fn sign_in_link_request() -> Value {
    json!({ "email": "resident@example.org", "return_to": "/reports/1204" })
}

pub(super) fn sign_in() -> Value {
    json!({ "email": "resident@example.org", "password": "correct horse battery" })
}

pub(super) fn session() -> Value {
    json!({ "access_token": "eyJhbGciOiJIUzI1NiJ9.…", "expires_in": 900, "user": me(), "return_to": "/reports/1204" })
}

pub(super) fn me() -> Value {
    json!({
        "id": 42, "email": "officer@newport.example.org", "name": "Carys Morgan", "phone": null, "has_password": true,
        "staff": [{ "body": body(), "role": "officer" }],
    })
}

pub(super) fn me_change() -> Value {
    json!({ "name": "Carys Morgan" })
}

pub(super) fn password_change() -> Value {
    json!({ "password": "staple battery horse", "current_password": "correct horse battery" })
}

pub(super) fn link_token() -> Value {
    json!({ "token": TOKEN })
}

pub(super) fn categories_at() -> Value {
    let danger = "Somebody may get hurt. Please phone the council on 01633 656656 at once.";
    json!({
        "covered": true, "bodies": [body()], "areas": areas(),
        "groups": [{ "name": "Roads and pavements", "categories": [{
            "code": "potholes", "name": "Potholes", "hint": "Holes and broken surfaces in the road", "bodies": [body()],
            "questions": [
                { "code": "depth", "label": "How deep is it, in centimetres?", "datatype": "number", "required": false },
                { "code": "danger", "label": "Is it a danger now?", "datatype": "singlevaluelist", "required": true,
                  "choices": [{ "key": "no", "name": "No" }, { "key": "yes", "name": "Yes", "blocks": danger }] },
            ],
            "private": false,
        }] }],
    })
}

pub(super) fn public_config() -> Value {
    json!({
        "brand": { "name": "Mendmap", "primary_colour": "#12436d" },
        "map": { "centre": location(), "zoom": 13, "attribution": "© OpenStreetMap contributors" },
        "credits": ["© OpenStreetMap contributors"],
    })
}

pub(super) fn map_tile() -> Value {
    json!({
        "pins": [{ "id": 1204, "location": location(), "status_group": "open", "title": "Deep pothole by the bus stop",
                   "category": "Potholes" }],
        "clusters": [],
    })
}

pub(super) fn live_report() -> Value {
    json!({
        "id": 1204,
        "now": { "id": 1204, "location": location(), "status_group": "open", "status": "investigating",
                 "title": "Deep pothole by the bus stop", "category": "Potholes", "category_code": "potholes",
                 "category_group": "Roads and pavements", "bodies": ["newport-city-council"], "created_at": CREATED },
    })
}

pub(super) fn tilejson() -> Value {
    json!({
        "tilejson": "3.0.0", "name": "Mendmap", "scheme": "xyz",
        "tiles": ["https://streets.example/api/v1/map/{z}/{x}/{y}.mvt"],
        "minzoom": 0, "maxzoom": 20, "bounds": [-180.0, -85.0511, 180.0, 85.0511], "center": [-2.9977, 51.5842, 13.0],
        "vector_layers": [{ "id": "reports", "description": "Single reports", "minzoom": 0, "maxzoom": 20,
                            "fields": { "id": "Number", "status_group": "String" } }],
    })
}

pub(super) fn street_tile() -> Value {
    json!({ "streets": [{ "class": "main", "name": "Commercial Street", "points": [1210, 380, 1255, 1024, 1301, 1790] }] })
}

pub(super) fn desk_counts() -> Value {
    json!({ "open": 27, "unread": 4, "overdue": 2, "parked": 0 })
}

pub(super) fn desk_row() -> Value {
    json!({ "report": report_summary(), "unread": true, "due_at": "2026-11-24T08:30:00Z", "overdue": false })
}

pub(super) fn note() -> Value {
    json!({ "id": 12, "created_at": CHANGED, "author": "Carys Morgan", "text": "The contractor has it for Thursday." })
}

pub(super) fn new_note() -> Value {
    json!({ "text": "The contractor has it for Thursday." })
}

pub(super) fn desk_report() -> Value {
    json!({
        "report": report(),
        "author": { "name": "Carys Morgan", "email": "resident@example.org", "phone": "01633 496 0123", "anonymous": false },
        "answers": [{ "question": "How deep is it, in centimetres?", "answer": "12" }],
        "updates": [update()], "notes": [note()],
        "deliveries": [{ "body": body(), "state": "sent", "attempts": 1, "sent_at": "2026-11-20T08:30:04Z" }],
        "due_at": "2026-11-24T08:30:00Z",
    })
}

pub(super) fn open311_server() -> Value {
    json!({
        "endpoint": "https://services.newport.example/open311/v2",
        "jurisdiction": "newport.gov.uk",
        "has_key": true,
        "format": "xml",
        "extended_statuses": true,
        "photos": "links",
        "sync": { "at": CHANGED, "failures": 0, "words": "12 services; 1 new, 2 changed" },
        "updates": { "at": CHANGED, "failures": 1, "words": "no complete answer within 20 seconds" },
        "services": [
            { "service": "HWY-12", "category": "potholes", "name": "Potholes", "live": true, "gone": false, "protected": ["name"] },
        ],
        "ignored": ["PARK-3"],
    })
}

pub(super) fn new_open311_server() -> Value {
    json!({
        "endpoint": "https://services.newport.example/open311/v2",
        "jurisdiction": "newport.gov.uk",
        "key": "the key the council gave",
        "format": "xml",
        "extended_statuses": true,
        "photos": "links",
    })
}

pub(super) fn open311_binding() -> Value {
    json!({ "service": "HWY-12", "category": "potholes", "protected": ["name", "hint"] })
}

const WEBHOOK: &str = "0192f6c1-a4b2-7c3d-8e4f-5a6b7c8d9e0f";
const KEY: &str = "0192f6c1-90aa-7b11-9c22-3d4e5f607182";
const WEBHOOK_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

pub(super) fn api_key() -> Value {
    json!({ "id": KEY, "name": "Highways back office", "hint": "mendmap_q7Z0", "trusted": true, "created_at": CREATED, "last_used_at": CHANGED })
}

pub(super) fn new_api_key() -> Value {
    json!({ "name": "Highways back office", "trusted": true })
}

pub(super) fn api_key_made() -> Value {
    json!({ "id": KEY, "key": "mendmap_q7Z0p3m1XUO8r2yKcW5nLwJ4t6vB9xD2fG5hK8mN1pQ" })
}

pub(super) fn webhook() -> Value {
    json!({
        "id": WEBHOOK, "url": "https://works.example.org/mendmap", "events": ["report.published", "report.changed"],
        "body": "newport", "category": "potholes", "area": { "id": 23, "kind": "ward", "name": "Stow Hill" },
        "enabled": true, "created_at": CREATED,
    })
}

pub(super) fn new_webhook() -> Value {
    json!({
        "url": "https://works.example.org/mendmap", "events": ["report.published", "report.changed"],
        "body": "newport", "category": "potholes", "area": 23, "enabled": true,
    })
}

pub(super) fn webhook_secret() -> Value {
    json!({ "id": WEBHOOK, "secret": WEBHOOK_SECRET, "old_secret_until": "2026-11-22T14:05:00Z" })
}

pub(super) fn webhook_tried() -> Value {
    json!({ "taken": true, "status": 204, "words": "", "milliseconds": 84 })
}

pub(super) fn webhook_delivery() -> Value {
    json!({
        "event": 9021, "message": "msg_5f0c3a0e9b7d5c7a8a0b1c2d3e4f5061", "type": "report.changed", "report_id": 1204,
        "at": CHANGED, "state": "pending", "attempts": 1, "status": 503, "words": "Closed for maintenance",
        "next_attempt_at": "2026-11-21T14:06:00Z",
    })
}

pub(super) fn replay() -> Value {
    json!({ "since": CREATED })
}

pub(super) fn replayed() -> Value {
    json!({ "events": 14 })
}

pub(super) fn event() -> Value {
    json!({
        "type": "report.changed", "timestamp": CHANGED,
        "data": { "status": "action_scheduled", "changed": ["status"], "report": published_report() },
    })
}

/// A report as nobody in particular sees it.
fn published_report() -> Value {
    let mut report = report();
    if let Some(fields) = report.as_object_mut() {
        fields.remove("viewer");
    }
    report
}

const SHA256: &str = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae";

pub(super) fn export() -> Value {
    let id = "0b9f3c1e-5d7a-4e7e-9a55-3d1f1c2a7b10";
    json!({
        "id": id, "format": "gpkg", "state": "ready", "rows": 48213, "total": 48213, "bytes": 31_457_280, "sha256": SHA256,
        "file": format!("/api/v1/exports/{id}/reports.gpkg"), "created_at": CREATED, "expires_at": CHANGED,
    })
}

pub(super) fn new_desk_export() -> Value {
    json!({ "format": "csv", "status": "open", "category": "potholes" })
}

pub(super) fn snapshot() -> Value {
    json!({
        "date": "2026-11-21", "made_at": CHANGED, "rows": 48213,
        "licence": "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
        "files": [{ "format": "gpkg", "file": "/api/v1/exports/snapshot/reports.gpkg", "bytes": 31_457_280, "sha256": SHA256 }],
    })
}

fn figures(reported: i64, open: i64, fixed: i64, closed: i64) -> Value {
    json!({
        "reported": reported, "open": open, "fixed": fixed, "closed": closed,
        "to_fix": { "reports": fixed, "median_hours": 91.5, "p90_hours": 402.25 },
        "to_first_answer": { "reports": fixed + closed, "median_hours": 26.0, "p90_hours": 120.5 },
    })
}

pub(super) fn report_stats() -> Value {
    json!({
        "total": figures(9, 3, 5, 1), "interval": "month",
        "periods": [
            { "begins": "2026-10-01T00:00:00Z", "figures": figures(5, 1, 3, 1) },
            { "begins": "2026-11-01T00:00:00Z", "figures": figures(4, 2, 2, 0) },
        ],
        "categories": [{ "category": category_name(), "figures": figures(9, 3, 5, 1) }],
        "statuses": [
            { "status": "open", "reports": 3 }, { "status": "fixed", "reports": 5 }, { "status": "duplicate", "reports": 1 },
        ],
    })
}

pub(super) fn body_stats() -> Value {
    json!({
        "body": body(), "since": "2025-12-01T00:00:00Z", "until": "2026-12-01T00:00:00Z", "open_now": 27,
        "unanswered": { "days": 14, "reports": 8, "late": 2, "still": 1 }, "made": report_stats(),
    })
}

pub(super) fn embed() -> Value {
    json!({
        "type": "rich", "version": "1.0", "title": "Map of reports", "provider_name": "Mendmap",
        "provider_url": "https://streets.example.org", "cache_age": 3600,
        "html": "<iframe src=\"https://streets.example.org/embed/map?body=newport\" width=\"640\" height=\"480\" title=\"Map of reports\" loading=\"lazy\"></iframe>",
        "width": 640, "height": 480,
    })
}
