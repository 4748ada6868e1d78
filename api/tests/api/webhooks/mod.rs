//! Webhooks: who is told what, signed, in turn, again, and never what is nobody's business.

mod managing;
mod replaying;
mod retrying;
mod telling;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use standardwebhooks::Webhook;

use crate::harness::{Answer, Session, TestApp};
use crate::outside::{Asked, OutsideServer, Reply};

/// Everything there is to be told of.
const ALL: [&str; 4] = ["report.published", "report.changed", "update.published", "report.hidden"];

/// A webhook that was made.
struct Made {
    id: String,
    secret: String,
}

impl Made {
    fn path(&self, end: &str) -> String {
        format!("/desk/bodies/south/webhooks/{}{end}", self.id)
    }
}

/// A server, its two councils, a resident and the administrator of the southern one.
struct Town {
    app: TestApp,
    author: Session,
    admin: Session,
}

impl Town {
    async fn start() -> Self {
        Self::of(TestApp::start().await).await
    }

    async fn of(app: TestApp) -> Self {
        app.two_councils();
        let author = app.sign_in("author@example.org").await;
        let admin = app.sign_in_staff("admin@south.example.org", "south", "administrator").await;
        Self { app, author, admin }
    }

    async fn hook(&self, server: &OutsideServer, more: Value) -> Made {
        let mut new = json!({ "url": format!("{}/in", server.address), "events": ALL });
        new.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let answer = self.app.post_as(&self.admin, "/desk/bodies/south/webhooks", new).await;
        let made = answer.expect(StatusCode::CREATED).body;
        Made { id: made["id"].as_str().unwrap().into(), secret: made["secret"].as_str().unwrap().into() }
    }

    async fn shown(&self, hook: &Made) -> Value {
        self.app.get_as(&self.admin, &hook.path("")).await.expect(StatusCode::OK).body
    }

    async fn log(&self, hook: &Made) -> Vec<Value> {
        let page = self.app.get_as(&self.admin, &hook.path("/deliveries")).await.expect(StatusCode::OK).body;
        page["items"].as_array().unwrap().clone()
    }

    async fn send(&self, method: Method, path: &str, body: Value) -> Answer {
        self.app.send(method, path, Some(&self.admin), &body).await
    }

    /// Lets every job that waits be due.
    fn skip_waiting(&self) {
        self.app.sql("UPDATE jobs SET run_at = now()");
    }
}

/// A server that takes whatever it is told.
fn taking() -> OutsideServer {
    OutsideServer::start(|_| Reply::Say(200, "text/plain", b"thank you".to_vec()))
}

/// A server that always answers this.
fn answering(status: u16) -> OutsideServer {
    OutsideServer::start(move |_| Reply::Say(status, "text/plain", b"not now".to_vec()))
}

/// What a call said, once its signature was found to be right.
fn verified(call: &Asked, secret: &str) -> Value {
    Webhook::new(secret).unwrap().verify(&call.body, &headers(call)).expect("a true signature");
    serde_json::from_slice(&call.body).unwrap()
}

fn headers(call: &Asked) -> HeaderMap {
    let pair = |(name, value): &(String, String)| {
        (HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap())
    };
    call.headers.iter().map(pair).collect()
}

fn kinds(server: &OutsideServer) -> Vec<String> {
    let kind = |call: Asked| {
        let said: Value = serde_json::from_slice(&call.body).unwrap();
        said["type"].as_str().unwrap().to_owned()
    };
    server.asked().into_iter().map(kind).collect()
}
