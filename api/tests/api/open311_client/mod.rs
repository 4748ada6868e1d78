//! A body that is reached by Open311: what its server is sent, and what comes back, as far as another party's server can be
//! made to do right and wrong.

mod arriving;
mod processes;
mod sending;
mod services;
mod settings;
mod trouble;
mod wire;

use std::sync::atomic::{AtomicUsize, Ordering};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Session, TestApp};
use crate::outside::{Asked, OutsideServer, Reply};

pub const KEY: &str = "a-key-nobody-else-may-see";

pub const SERVICES: &str = r#"<?xml version="1.0" encoding="utf-8"?><services>
    <service><service_code>P1</service_code><service_name>Potholes</service_name><metadata>true</metadata><type>realtime</type>
        <group>Highways</group><description>Holes in the road</description></service>
    <service><service_code>L7</service_code><service_name>Street light out</service_name><metadata>false</metadata><groups><group>Lighting</group></groups></service>
</services>"#;

pub const DEFINITION: &str = r#"<service_definition><service_code>P1</service_code><attributes>
    <attribute><variable>true</variable><code>depth</code><datatype>number</datatype><required>false</required><order>2</order><description>How deep?</description></attribute>
    <attribute><variable>true</variable><code>danger</code><datatype>singlevaluelist</datatype><order>1</order><description>Danger?</description>
        <values><value><key>no</key><name>No</name></value><value><key>yes</key><name>Yes</name></value></values></attribute>
    <attribute><variable>true</variable><automated>server_set</automated><code>easting</code><datatype>string</datatype></attribute>
</attributes></service_definition>"#;

pub fn xml(body: impl Into<Vec<u8>>) -> Reply {
    Reply::Say(200, "text/xml; charset=utf-8", body.into())
}

pub fn json_reply(body: &Value) -> Reply {
    Reply::Say(200, "application/json", body.to_string().into_bytes())
}

/// An error as Open311 has it.
pub fn refuses(status: u16, words: &str) -> Reply {
    let body = format!("<errors><error><code>{status}</code><description>{words}</description></error></errors>");
    Reply::Say(status, "text/xml", body.into_bytes())
}

/// A server that does all right, but for what `own` answers first.
pub fn council(own: impl Fn(&Asked) -> Option<Reply> + Send + Sync + 'static) -> OutsideServer {
    let next = AtomicUsize::new(1);
    OutsideServer::start(move |asked| {
        own(asked).unwrap_or_else(|| {
            let number = || next.fetch_add(1, Ordering::Relaxed);
            match (asked.method.as_str(), resource(asked)) {
                ("GET", "services.xml") => xml(SERVICES),
                ("GET", "services/P1.xml") => xml(DEFINITION),
                ("POST", "requests.xml") => xml(format!(
                    "<service_requests><request><service_request_id>R{}</service_request_id></request></service_requests>",
                    number()
                )),
                ("GET", "requests.xml") => xml("<service_requests/>"),
                ("POST", "servicerequestupdates.xml") => xml(format!(
                    "<service_request_updates><request_update><update_id>U{}</update_id></request_update></service_request_updates>",
                    number()
                )),
                ("GET", "servicerequestupdates.xml") => xml("<service_request_updates/>"),
                _ => refuses(404, "no such thing"),
            }
        })
    })
}

/// What follows the endpoint, without the query.
pub fn resource(asked: &Asked) -> &str {
    asked.path.split('?').next().unwrap_or_default().trim_start_matches("/v2/")
}

/// The fields of a form, or of a query.
pub fn fields(text: &str) -> Vec<(String, String)> {
    url::form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

pub fn form(asked: &Asked) -> Vec<(String, String)> {
    fields(std::str::from_utf8(&asked.body).unwrap())
}

pub fn query(asked: &Asked) -> Vec<(String, String)> {
    fields(asked.path.split_once('?').unwrap_or_default().1)
}

pub fn field(fields: &[(String, String)], name: &str) -> String {
    fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()).unwrap_or_default()
}

/// What it was asked of a resource by a method, oldest first.
pub fn asked_for(server: &OutsideServer, method: &str, name: &str) -> Vec<Asked> {
    server.asked().into_iter().filter(|asked| asked.method == method && resource(asked) == name).collect()
}

/// Two councils, of which Southshire is reached at this server; its administrator, and an author.
pub async fn connected(app: &TestApp, server: &OutsideServer, more: Value) -> (Session, Session) {
    app.two_councils();
    let author = app.sign_in("author@example.org").await;
    let admin = app.sign_in_staff("admin@south.example.org", "south", "administrator").await;
    connect(app, &admin, server, more).await;
    app.work_off().await;
    (author, admin)
}

pub async fn connect(app: &TestApp, admin: &Session, server: &OutsideServer, more: Value) {
    let mut settings = json!({
        "endpoint": format!("{}/v2/", server.address), "jurisdiction": "south.example.org", "key": KEY, "extended_statuses": true,
    });
    settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    app.send(Method::PUT, "/desk/bodies/south/open311", Some(admin), &settings).await.expect(StatusCode::CREATED);
}

/// Everything that waits is due, once.
pub async fn later(app: &TestApp) {
    app.sql("UPDATE jobs SET run_at = now() WHERE parked_at IS NULL");
    app.work_off().await;
}

/// How a report was handed over, as staff see it: state and last error, in order.
pub fn deliveries(app: &TestApp) -> Vec<(String, Option<String>)> {
    use diesel::prelude::*;
    use mendmap::schema::deliveries as d;
    d::table
        .order((d::update_id.asc().nulls_first(), d::id))
        .select((d::state, d::last_error))
        .load(&mut app.conn())
        .unwrap()
}

pub fn text(app: &TestApp, query: &str) -> String {
    use diesel::prelude::*;
    diesel::dsl::sql::<diesel::sql_types::Text>(query).get_result(&mut app.conn()).unwrap()
}
