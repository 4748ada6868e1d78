//! A proxy in front of the server that remembers what was asked: the server's own log says nothing of that.

use std::sync::{Arc, Mutex};

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};

/// A proxy; it ends when this is dropped.
pub struct Recorder {
    /// Where it is, such as `http://127.0.0.1:4711`.
    pub address: String,
    seen: Seen,
    handle: ServerHandle,
}

/// Where it leads, and what was asked.
#[derive(Clone, Default)]
struct Seen {
    to: Arc<Mutex<String>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Recorder {
    /// One that leads nowhere yet: the server has to know its address first.
    pub fn start() -> Self {
        let seen = Seen::default();
        let kept = seen.clone();
        let server = HttpServer::new(move || {
            App::new().app_data(web::Data::new(kept.clone())).default_service(web::to(pass_on))
        })
        .workers(2)
        .disable_signals()
        .bind("127.0.0.1:0")
        .unwrap();
        let address = format!("http://{}", server.addrs()[0]);
        let server = server.run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Self { address, seen, handle }
    }

    /// Has it lead to this server.
    pub fn lead_to(&self, address: &str) {
        address.clone_into(&mut self.seen.to.lock().unwrap());
    }

    /// What was asked since it was last looked at, as path and query.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.seen.asked.lock().unwrap())
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

async fn pass_on(request: HttpRequest, seen: web::Data<Seen>) -> HttpResponse {
    let asked = request.uri().to_string();
    seen.asked.lock().unwrap().push(asked.clone());
    let to = seen.to.lock().unwrap().clone();
    let client = reqwest::Client::new();
    let mut call = client.get(format!("{to}{asked}"));
    if let Some(accept) = request.headers().get("accept").and_then(|value| value.to_str().ok()) {
        call = call.header("Accept", accept);
    }
    let answer = call.send().await.unwrap();
    let mut response = HttpResponse::build(actix_web::http::StatusCode::from_u16(answer.status().as_u16()).unwrap());
    let kind =
        answer.headers().get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    response.content_type(kind).body(answer.bytes().await.unwrap())
}
