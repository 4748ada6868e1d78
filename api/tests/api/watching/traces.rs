//! One trace from a caller's header to the last thing done for it.

use std::net::TcpListener;

use serde_json::{Value, json};

use super::collector::Collector;
use super::{PERSONAL, Process, two_councils, until};
use crate::harness::{Mail, new_report};
use crate::memcached::Memcached;
use crate::smtp::MailServer;

/// Two callers' contexts: trace and span.
const REPORTING: (&str, &str) = ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331");
const CONFIRMING: (&str, &str) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7");

fn traceparent((trace, span): (&str, &str)) -> String {
    format!("00-{trace}-{span}-01")
}

#[actix_web::test]
async fn one_report_is_followed_from_the_callers_trace_to_the_mails_and_tells_nothing_personal() {
    let (database, collector, mail) = (two_councils(), Collector::start(), MailServer::start());
    let (endpoint, smtp) = (collector.endpoint(), mail.url());
    let settings = [("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint), ("SMTP_URL", &*smtp)];
    let mut serve = Process::start(&database, "serve", &settings).await;
    let mut worker = Process::start(&database, "worker", &settings).await;

    let post = serve.post("/api/v1/reports", &new_report()).header("traceparent", traceparent(REPORTING));
    let answer = post.header("tracestate", "vendor=Reporter").send().await.unwrap();
    assert_eq!(answer.status(), 201);
    let request_id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
    until("the mail to the reporter", async || mail.mails().len() == 1).await;
    let token = Mail::read(&mail.mails()[0]).link_token();
    let post = serve.post("/api/v1/confirmations", &json!({ "token": token }));
    assert_eq!(post.header("traceparent", traceparent(CONFIRMING)).send().await.unwrap().status(), 200);
    until("the mail to the council", async || mail.mails().len() == 2).await;

    // What has not left yet leaves at the end.
    assert!(worker.terminate().success() && serve.terminate().success());
    let reported = collector.trace(REPORTING.0);
    let (names, caller) = reported.way_up("mail send");
    assert_eq!(names, ["mail send", "job confirm_mail", "db reports::create_report", "POST /api/v1/reports"]);
    assert_eq!(caller, REPORTING.1);
    assert_eq!(reported.span("POST /api/v1/reports").attributes["http.response.status_code"], "201");
    assert_eq!(reported.span("POST /api/v1/reports").service, "mendmap-api");
    assert_eq!(reported.span("mail send").service, "mendmap-worker");
    assert_eq!(reported.span("mail send").attributes["mail.outcome"], "sent");
    assert!(reported.span("sql INSERT").attributes["db.query.text"].starts_with("INSERT INTO "));
    let (names, caller) = collector.trace(CONFIRMING.0).way_up("mail send");
    assert_eq!(
        (&*names[0], &*names[1], &*names[names.len() - 1]),
        ("mail send", "job deliver", "POST /api/v1/confirmations")
    );
    assert_eq!(caller, CONFIRMING.1);
    // What workers do by the clock is no trace.
    assert!(collector.spans().iter().all(|span| !span.parent.is_empty() || !span.name.starts_with("db ")));

    for secret in PERSONAL.iter().copied().chain([&*token]) {
        assert!(!collector.holds(secret), "{secret}");
    }
    let line = |log: &str, message: &str, kind: &str| -> Value {
        let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let mut lines = lines.filter(|line| line["fields"]["message"] == message && line.to_string().contains(kind));
        lines.next().unwrap_or_else(|| panic!("no {message} in {log}"))
    };
    let answered = line(&serve.log(), "answered", "\"http.route\":\"/api/v1/reports\"");
    assert_eq!(
        (&answered["span"]["trace_id"], &answered["span"]["request.id"]),
        (&json!(REPORTING.0), &json!(request_id))
    );
    assert_eq!(line(&worker.log(), "a job is done", "confirm_mail")["span"]["trace_id"], REPORTING.0);
}

#[actix_web::test]
async fn a_tile_is_followed_from_the_load_balancers_header_through_the_caches_to_the_database() {
    let (database, collector, memcached) = (two_councils(), Collector::start(), Memcached::start());
    let (endpoint, nodes) = (collector.endpoint(), format!("memcache://{}", memcached.address()));
    let settings =
        [("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint), ("MEMCACHED_URL", &*nodes), ("OTEL_SERVICE_NAME", "task-1")];
    let mut serve = Process::start(&database, "serve", &settings).await;
    let header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
    let tile = serve.get("/api/v1/map/14/8055/5453.json").header("X-Amzn-Trace-Id", header);
    assert_eq!(tile.send().await.unwrap().status(), 204);
    assert_eq!(serve.get("/readyz").send().await.unwrap().status(), 200);
    assert!(serve.terminate().success());

    let trace = collector.trace("5759e988bd862e3fe1be46a994272793");
    let (names, caller) = trace.way_up("sql WITH");
    let request = "GET /api/v1/map/{z}/{x}/{y}.json";
    assert_eq!(
        (&*names, &*caller),
        (
            &["sql WITH", "db map::batches::Batches::made", "cache get", request].map(str::to_owned)[..],
            "53995c3f42cd8ad8"
        )
    );
    assert_eq!(trace.way_up("cache memcached get").0, ["cache memcached get", "cache get", request]);
    assert_eq!(trace.span("cache memcached get").attributes["cache.outcome"], "miss");
    assert_eq!(trace.span("cache get").attributes["cache.level"], "database");
    assert_eq!(trace.span(request).service, "task-1");
    assert!(!collector.holds("readyz"), "what a load balancer asks all the time is no trace");
    assert!(!collector.holds("8055") && !collector.holds("5453"), "nobody is told which tile it was");
}

#[actix_web::test]
async fn a_job_that_is_tried_again_much_later_is_a_trace_of_its_own_that_points_to_the_first() {
    use diesel::connection::SimpleConnection as _;
    let (database, collector) = (two_councils(), Collector::start());
    let job = json!({ "kind": "notify_followers", "update": 1 });
    let insert = format!(
        "INSERT INTO jobs (id, kind, payload, created_at, traceparent)
         VALUES (gen_random_uuid(), 'notify_followers', '{job}', now() - interval '5 hours', '{}')",
        traceparent(REPORTING)
    );
    database.connect().batch_execute(&insert).unwrap();
    let endpoint = collector.endpoint();
    let mut worker = Process::start(&database, "worker", &[("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint)]).await;
    until("the job", async || worker.metrics().await.sum("mendmap_job_duration_seconds", &[]) == 1.0).await;
    assert!(worker.terminate().success());
    assert!(collector.trace(REPORTING.0).0.is_empty());
    let spans = collector.spans();
    let job = spans.iter().find(|span| span.name == "job notify_followers").expect("a span of its own");
    assert_eq!((&*job.links, &*job.parent), (&[REPORTING.0.to_owned()][..], ""));
}

#[actix_web::test]
async fn a_collector_that_hangs_or_is_gone_fails_nothing_and_keeps_no_process_from_ending() {
    let database = two_councils();
    // Connections are taken by the system, and nobody answers.
    let hanging = TcpListener::bind("127.0.0.1:0").unwrap();
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for address in [hanging.local_addr().unwrap(), gone] {
        let endpoint = format!("http://{address}");
        let settings =
            [("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint), ("OTEL_BSP_MAX_QUEUE_SIZE", "64"), ("LOG", "warn")];
        let mut serve = Process::start(&database, "serve", &settings).await;
        // More than wait for the collector at once: the others are let go of.
        for _ in 0..300 {
            assert_eq!(serve.get("/api/v1/config").send().await.unwrap().status(), 200);
        }
        let failed = [("outcome", "failed")];
        until("a failure", async || serve.metrics().await.sum("mendmap_trace_exports_total", &failed) >= 1.0).await;
        assert!(serve.terminate().success(), "{}", serve.log());
        assert_eq!(serve.log().matches("the collector of traces does not take them").count(), 1, "{}", serve.log());
    }
}
