//! Clients who mean harm, or whose clock is wrong.

use std::time::Duration;

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use reqwest::StatusCode;
use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use uuid::Uuid;

use super::Scene;
use crate::process::wait;

/// Connections that say nothing.
const IDLE: usize = 10_000;
/// Connections that say one letter now and then.
const LORISES: usize = 400;

/// Requests sent letter by letter, and bodies that never end.
pub fn slow_loris(scene: &mut Scene) -> anyhow::Result<()> {
    let port = scene.twin.edge.port;
    let lorises: Vec<_> = (0..LORISES)
        .map(|n| {
            scene.twin.runtime.spawn(async move {
                let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)).await else { return };
                let begin = if n % 2 == 0 {
                    "GET / HTTP/1.1\r\nHost: twin\r\nX-Slow: "
                } else {
                    "POST /api/v1/photos HTTP/1.1\r\nHost: twin\r\nContent-Type: image/png\r\nContent-Length: 1000000\r\n\r\n"
                };
                let mut going = stream.write_all(begin.as_bytes()).await.is_ok();
                while going {
                    tokio::time::sleep(Duration::from_millis(500)).await;
                    going = stream.write_all(b"a").await.is_ok();
                }
            })
        })
        .collect();
    let waited = wait(Duration::from_secs(14));
    // Whoever dribbles a header is gone by now; those with a body are still there, and harm nobody.
    let gone = lorises.iter().filter(|loris| loris.is_finished()).count();
    lorises.iter().for_each(tokio::task::JoinHandle::abort);
    scene.note(format!("{gone} of {LORISES} were thrown out meanwhile"));
    if gone < LORISES / 4 {
        scene.fail("those who dribble headers were not thrown out");
    }
    waited
}

/// As many connections as a large site has open, none of which says anything.
pub fn idle_connections(scene: &mut Scene) -> anyhow::Result<()> {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    let wanted = (IDLE as u64 + 2000).min(hard);
    if soft < wanted {
        setrlimit(Resource::RLIMIT_NOFILE, wanted, hard)?;
    }
    let port = scene.twin.edge.port;
    let open = scene.twin.runtime.block_on(async move {
        let mut open = Vec::with_capacity(IDLE);
        for _ in 0..IDLE {
            if let Ok(Ok(stream)) =
                tokio::time::timeout(Duration::from_secs(5), TcpStream::connect(("127.0.0.1", port))).await
            {
                open.push(stream);
            }
        }
        open
    });
    scene.note(format!("{} connections were open", open.len()));
    if open.len() < IDLE {
        scene.fail("fewer connections than meant could be opened");
    }
    wait(Duration::from_secs(5))?;
    drop(open);
    Ok(())
}

/// A client whose clock leaps: conditions from the future, a session it holds for valid long after it ran out, moments of
/// another century in what it sends, the same key again after "a day".
pub fn clock_jump(scene: &mut Scene) -> anyhow::Result<()> {
    let edge = scene.twin.edge.address();
    let key = Uuid::new_v4().to_string();
    let api_key = scene.residents.api_key().to_owned();
    let (report, before) = {
        let ledger = scene.residents.ledger();
        let public = ledger.reports.iter().find(|report| report.title.starts_with("Twin o-"));
        (public.map(|report| report.id.to_string()), ledger.titles.len())
    };
    let answers = scene.twin.runtime.block_on(async move {
        let client = reqwest::Client::new();
        let mut answers: Vec<(&str, StatusCode, bool)> = Vec::new();
        let future = "Tue, 01 Jan 2075 00:00:00 GMT";
        let list = client.get(format!("{edge}/api/v1/reports?limit=5")).header("If-Modified-Since", future);
        let status = list.header("Date", future).send().await?.status();
        answers.push(("a list asked for from the future", status, status == StatusCode::OK));
        let own = client.get(format!("{edge}/api/v1/me/reports")).bearer_auth("e30.eyJleHAiOjF9.c2ln");
        let status = own.send().await?.status();
        answers.push(("a session that ran out", status, status == StatusCode::UNAUTHORIZED));
        for (id, moment) in [("early", "1975-01-01T00:00:00Z"), ("late", "2075-01-01T00:00:00Z")] {
            let Some(report) = &report else { continue };
            let form = [
                ("api_key", api_key.as_str()),
                ("service_request_id", report.as_str()),
                ("update_id", &format!("{id}-{key}")),
                ("status", "OPEN"),
                ("updated_datetime", moment),
                ("description", "A clock is wrong."),
            ];
            let sent = client.post(format!("{edge}/open311/v2/servicerequestupdates.json")).form(&form).send().await?;
            answers.push(("an update of another time", sent.status(), !sent.status().is_server_error()));
        }
        let body = json!({ "location": { "lon": -2.99, "lat": 51.55 }, "category": "potholes", "title": format!("Twin clock {key}"),
            "detail": "It is there.", "author": { "name": "Zebraname", "email": format!("zebra-{}@example.org", &key[..8]) } });
        let mut numbers = Vec::new();
        for date in ["Thu, 01 Jan 1970 00:00:00 GMT", future] {
            let sent = client.post(format!("{edge}/api/v1/reports")).header("Idempotency-Key", &key).header("Date", date);
            let answer = sent.json(&body).send().await?;
            answers.push(("a report at a wrong time", answer.status(), answer.status() == StatusCode::CREATED));
            numbers.push(answer.json::<serde_json::Value>().await?["id"].clone());
        }
        answers.push(("the same report for the same key", StatusCode::OK, numbers.iter().all(|number| *number == numbers[0])));
        anyhow::Ok(answers)
    })?;
    scene.note(format!("{} calls with a wrong clock", answers.len()));
    for (what, status, is_fine) in answers {
        if !is_fine {
            scene.fail(&format!("{what} was answered with {status}"));
        }
    }
    wait(Duration::from_secs(2))?;
    if scene.residents.ledger().titles.len() == before {
        scene.fail("nobody else reported meanwhile");
    }
    Ok(())
}
