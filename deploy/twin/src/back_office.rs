//! A body's own Open311 server: it takes reports, keeps what it took, and can fall silent in the middle of it.

use std::collections::HashMap;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpResponse, HttpServer, web};
use serde_json::json;

/// What it knows.
#[derive(Debug, Default)]
struct Office {
    is_silent: AtomicBool,
    taken: Mutex<Vec<HashMap<String, String>>>,
}

/// The running server.
#[derive(Debug)]
pub struct BackOffice {
    /// Its port.
    pub port: u16,
    office: Arc<Office>,
    handle: ServerHandle,
}

impl BackOffice {
    /// Starts it, on a thread of its own.
    ///
    /// # Errors
    /// When there is no port.
    pub fn start() -> anyhow::Result<Self> {
        let office = Arc::<Office>::default();
        let state = web::Data::from(office.clone());
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        let (tell, started) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = HttpServer::new(move || {
                    App::new()
                        .app_data(state.clone())
                        .route("/services.json", web::get().to(services))
                        .route("/requests.json", web::post().to(take))
                        .route("/requests.json", web::get().to(known))
                        .route("/servicerequestupdates.json", web::get().to(nothing))
                });
                let server = server.workers(1).disable_signals().listen(listener)?.run();
                let _ = tell.send(server.handle());
                server.await
            })
        });
        Ok(Self { port, office, handle: started.recv()? })
    }

    /// Whether it answers nobody from now on, though it listens.
    pub fn be_silent(&self, is_silent: bool) {
        self.office.is_silent.store(is_silent, Ordering::Relaxed);
    }

    /// The forms it took.
    #[must_use]
    pub fn taken(&self) -> Vec<HashMap<String, String>> {
        self.office.taken.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for BackOffice {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

/// Waits for as long as it is to be silent; a caller that gave up meanwhile was not served.
async fn silence(office: &Office) {
    while office.is_silent.load(Ordering::Relaxed) {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn services(office: web::Data<Office>) -> HttpResponse {
    silence(&office).await;
    HttpResponse::Ok().json(json!([
        { "service_code": "signs", "service_name": "Signs", "description": "", "metadata": false, "type": "realtime", "keywords": "", "group": "Roads" }
    ]))
}

async fn take(office: web::Data<Office>, form: web::Form<HashMap<String, String>>) -> HttpResponse {
    silence(&office).await;
    let number = {
        let mut taken = office.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let mut form = form.into_inner();
        let number = format!("R{}", taken.len() + 1);
        form.insert("service_request_id".to_owned(), number.clone());
        form.insert("requested_datetime".to_owned(), chrono::Utc::now().to_rfc3339());
        form.insert("status".to_owned(), "open".to_owned());
        taken.push(form);
        number
    };
    HttpResponse::Ok().json(json!([{ "service_request_id": number, "service_notice": null }]))
}

/// What it took: who does not know whether a report arrived looks for it here before it is sent again.
async fn known(office: web::Data<Office>) -> HttpResponse {
    silence(&office).await;
    let taken = office.taken.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let listed = taken.iter().map(|form| {
        let text = |name: &str| form.get(name).cloned().unwrap_or_default();
        let number = |name: &str| text(name).parse::<f64>().unwrap_or_default();
        json!({
            "service_request_id": text("service_request_id"), "service_code": text("service_code"), "status": text("status"),
            "description": text("description"), "requested_datetime": text("requested_datetime"),
            "updated_datetime": text("requested_datetime"), "lat": number("lat"), "long": number("long"),
        })
    });
    HttpResponse::Ok().json(listed.collect::<Vec<_>>())
}

async fn nothing(office: web::Data<Office>) -> HttpResponse {
    silence(&office).await;
    HttpResponse::Ok().json(json!([]))
}
