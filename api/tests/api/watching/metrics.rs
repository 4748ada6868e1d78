//! What Prometheus reads.

use std::collections::HashSet;

use serde_json::json;

use super::{PERSONAL, Process, two_councils, until};
use crate::harness::{Mail, new_report};
use crate::memcached::Memcached;
use crate::smtp::MailServer;

#[actix_web::test]
async fn what_a_server_does_is_counted_by_route_and_never_by_address() {
    let (database, memcached) = (two_councils(), Memcached::start());
    let nodes = format!("memcache://{}", memcached.address());
    let serve = Process::start(&database, "serve", &[("MEMCACHED_URL", &nodes)]).await;
    let before = serve.metrics().await;
    assert_eq!(before.sum("mendmap_tiles_total", &[]), 0.0);

    for _ in 0..3 {
        assert_eq!(serve.get("/api/v1/map/14/8055/5453.json").send().await.unwrap().status(), 204);
    }
    assert_eq!(serve.get("/api/v1/map/14/8055/5453.mvt").send().await.unwrap().status(), 204);
    assert_eq!(serve.get("/api/v1/reports/4711").send().await.unwrap().status(), 404);
    assert_eq!(serve.get("/api/v1/nothing/51.56?q=Reporter").send().await.unwrap().status(), 404);
    let post = serve.post("/api/v1/reports", &new_report());
    assert_eq!(post.send().await.unwrap().status(), 201);
    let live = serve.get("/api/v1/live?bbox=-3.01,51.55,-2.98,51.59").send().await.unwrap();
    assert_eq!(live.status(), 200);

    let after = serve.metrics().await;
    let requests = |labels: &[(&str, &str)]| after.sum("mendmap_http_request_duration_seconds", labels);
    let tile = ("route", "/api/v1/map/{z}/{x}/{y}.json");
    assert_eq!(requests(&[tile, ("method", "GET"), ("status", "2xx")]), 3.0);
    assert_eq!(requests(&[("route", "/api/v1/reports/{id}"), ("status", "4xx")]), 1.0);
    assert_eq!(requests(&[("route", "unmatched"), ("status", "4xx")]), 1.0);
    assert_eq!(requests(&[("route", "/api/v1/reports"), ("method", "POST"), ("status", "2xx")]), 1.0);
    assert_eq!(requests(&[("status", "5xx")]), 0.0);
    // How many of the three come from where depends on how fast this machine is.
    assert_eq!(after.sum("mendmap_tiles_total", &[("format", "json")]), 3.0);
    assert!(after.sum("mendmap_tiles_total", &[("format", "json"), ("level", "database")]) >= 1.0);
    assert_eq!(after.sum("mendmap_tiles_total", &[("format", "mvt"), ("level", "database")]), 1.0);
    assert_eq!(after.sum("mendmap_cache_requests_total", &[("level", "process")]), 4.0);
    assert!(after.sum("mendmap_cache_requests_total", &[("level", "memcached"), ("outcome", "miss")]) >= 2.0);
    assert_eq!(after.sum("mendmap_live_listeners", &[]), 1.0);
    // Nobody works the confirmation off.
    let letters = ("lane", "letters");
    assert_eq!(after.get("mendmap_jobs", &[letters, ("state", "due")]), Some(1.0));
    assert!(after.sum("mendmap_jobs_oldest_due_seconds", &[letters]) > 0.0);
    assert_eq!(after.get("mendmap_jobs", &[("lane", "calls"), ("state", "due")]), Some(0.0));
    assert_eq!(after.get("mendmap_database_connections_max", &[("pool", "writer")]), Some(6.0));
    assert!(after.sum("mendmap_database_connections", &[]) >= 1.0);
    assert!(
        after.sum("mendmap_database_wait_seconds", &[("pool", "writer")])
            > before.sum("mendmap_database_wait_seconds", &[])
    );
    assert!(after.sum("process_resident_memory_bytes", &[]) > 1e6);

    drop(live);
    memcached.kill();
    let errors = [("level", "memcached"), ("outcome", "error")];
    until("a miss of memcached", async || {
        serve.get("/api/v1/map/15/16110/10906.json").send().await.unwrap();
        serve.metrics().await.sum("mendmap_cache_requests_total", &errors) >= 1.0
    })
    .await;
    let text = serve.metrics().await.words();
    for secret in PERSONAL.iter().copied().chain(["8055", "4711", "nothing/"]) {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
}

#[actix_web::test]
async fn what_a_worker_does_is_counted_by_kind_and_outcome() {
    let (database, mail) = (two_councils(), MailServer::start());
    let smtp = mail.url();
    let serve = Process::start(&database, "serve", &[]).await;
    let worker = Process::start(&database, "worker", &[("SMTP_URL", &smtp)]).await;
    assert_eq!(serve.post("/api/v1/reports", &new_report()).send().await.unwrap().status(), 201);
    until("the mail to the reporter", async || mail.mails().len() == 1).await;
    let token = Mail::read(&mail.mails()[0]).link_token();
    let confirmed = serve.post("/api/v1/confirmations", &json!({ "token": token })).send().await.unwrap();
    assert_eq!(confirmed.status(), 200);
    let sent = [("kind", "mail"), ("outcome", "sent")];
    until("the delivery", async || worker.metrics().await.sum("mendmap_deliveries_total", &sent) == 1.0).await;

    let metrics = worker.metrics().await;
    assert_eq!(metrics.get("mendmap_mails_total", &[("outcome", "sent")]), Some(2.0));
    let done = |kind| metrics.sum("mendmap_job_duration_seconds", &[("kind", kind), ("outcome", "done")]);
    assert_eq!((done("confirm_mail"), done("deliver")), (1.0, 1.0));
    assert_eq!(metrics.get("mendmap_jobs", &[("lane", "letters"), ("state", "due")]), Some(0.0));
    let lanes: HashSet<_> = metrics.scrape.samples.iter().filter_map(|sample| sample.labels.get("lane")).collect();
    assert_eq!(lanes, HashSet::from(["letters", "calls", "others"]));

    // The mail server goes away: the next letter is tried again later.
    drop(mail);
    assert_eq!(serve.post("/api/v1/reports", &new_report()).send().await.unwrap().status(), 201);
    let failed = [("kind", "confirm_mail"), ("outcome", "failed")];
    until("the failure", async || worker.metrics().await.sum("mendmap_job_duration_seconds", &failed) == 1.0).await;
    let metrics = worker.metrics().await;
    assert_eq!(metrics.get("mendmap_mails_total", &[("outcome", "failed")]), Some(1.0));
    assert_eq!(metrics.get("mendmap_jobs", &[("lane", "letters"), ("state", "later")]), Some(1.0));
    let words = metrics.words();
    assert!(PERSONAL.iter().all(|secret| !words.contains(secret)), "{words}");
}

#[actix_web::test]
async fn while_the_database_is_away_the_metrics_are_told_without_the_queue() {
    let database = two_councils();
    let serve = Process::start(&database, "serve", &[]).await;
    assert!(serve.metrics().await.get("mendmap_jobs", &[]).is_some());
    drop(database);
    until("the loss", async || serve.metrics().await.get("mendmap_jobs", &[]).is_none()).await;
    assert!(serve.metrics().await.sum("process_resident_memory_bytes", &[]) > 1e6);
}
