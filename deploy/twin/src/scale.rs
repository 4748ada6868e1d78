//! The load test: how many tile requests the edge answers by itself, and what three api processes are over one.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use mendmap_shared::geo::{LonLat, TileXyz};
use rand::Rng as _;
use reqwest::Client;
use serde_json::{Value, json};

use crate::process::{output, wait};
use crate::topology::{APIS, Twin};

/// How long visitors come.
const VISITS_FOR: Duration = Duration::from_secs(40);
/// How long each side of `scale_out` is measured, each time.
const ROUND_SECONDS: u64 = 5;
/// How often.
const ROUNDS: usize = 5;
/// The share of requests for tiles that the edge must answer by itself.
const GOAL: f64 = 0.90;
/// Tiles of 256 pixels that a map of 1280 by 800 shows.
const WINDOW: (u32, u32) = (6, 4);
/// Streets are drawn above this zoom.
const STREETS_FROM: u8 = 10;

/// Measures, prints and writes.
///
/// # Errors
/// When something cannot be measured, the edge answered too little by itself, or a request failed.
pub fn run(twin: &mut Twin, report: &Path, say: impl Fn(&str)) -> anyhow::Result<()> {
    twin.database.writer().run(include_str!("ground.sql"))?;
    twin.database.writer().run(include_str!("town.sql"))?;
    wait(Duration::from_secs(3))?;
    let places = popular_places(twin)?;
    let busy = hit_rate(twin, &places, 8.0)?;
    let quiet = hit_rate(twin, &places, 1.0)?;
    let scale = scale_out(twin, &places)?;
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let found = json!({
        "edge_hit_rate": busy["all"], "visits_8_a_second": busy, "visits_1_a_second": quiet,
        "scale_out": scale["ratio"], "requests_a_second": scale, "cores": cores,
    });
    if let Some(folder) = report.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(report, serde_json::to_string_pretty(&found)? + "\n")?;
    say(&serde_json::to_string_pretty(&found)?);
    say(&format!(
        "edge_hit_rate {} (goal {GOAL:.2}); scale_out {} on {cores} cores, which the load, HAProxy and all processes share",
        busy["all"], scale["ratio"]
    ));
    let rate = busy["all"].as_f64().unwrap_or_default();
    let failed: u64 = [&busy, &quiet].iter().filter_map(|visits| visits["failed"].as_u64()).sum();
    let mut why = Vec::new();
    if rate < GOAL {
        why.push(format!("the edge answered {rate} of the requests for tiles by itself, which is less than {GOAL}"));
    }
    if failed > 0 {
        why.push(format!("{failed} requests failed"));
    }
    anyhow::ensure!(why.is_empty(), "{}", why.join("; "));
    Ok(())
}

/// Where people look: around reports, the first ones most.
fn popular_places(twin: &Twin) -> anyhow::Result<Vec<LonLat>> {
    let address = format!("{}/api/v1/reports?limit=100", twin.balancer.address());
    let page: Value = twin.runtime.block_on(async { Client::new().get(address).send().await?.json().await })?;
    let reports = page["items"].as_array().or_else(|| page["reports"].as_array()).context("a list of reports")?;
    let at =
        |report: &Value| LonLat::new(report["location"]["lon"].as_f64()?, report["location"]["lat"].as_f64()?).ok();
    let places: Vec<LonLat> = reports.iter().filter_map(at).collect();
    anyhow::ensure!(!places.is_empty(), "the town has no reports");
    Ok(places)
}

/// The addresses a map window asks for.
fn window(centre: LonLat, zoom: u8) -> anyhow::Result<Vec<String>> {
    let middle = TileXyz::containing(centre, zoom)?;
    let mut paths = Vec::new();
    for x in 0..WINDOW.0 {
        for y in 0..WINDOW.1 {
            let (x, y) = (middle.x() + x - WINDOW.0 / 2, middle.y() + y - WINDOW.1 / 2);
            paths.push(format!("/api/v1/map/{zoom}/{x}/{y}.json"));
            // Drawn at twice the size, as the app does.
            let streets = format!("/api/v1/map/streets/{}/{}/{}.json", zoom - 1, x / 2, y / 2);
            if zoom > STREETS_FROM && !paths.contains(&streets) {
                paths.push(streets);
            }
        }
    }
    Ok(paths)
}

/// What one visitor looks at: the start page's map, then a place many know, from nearer, moved a little.
fn visit(places: &[LonLat]) -> anyhow::Result<Vec<Vec<String>>> {
    let mut chance = rand::rng();
    let mut views = vec![window(places[0], 13)?];
    // Few places get most of the looks: the n-th gets an n-th of those of the first.
    let weights: f64 = (1..=places.len()).map(|n| 1.0 / n as f64).sum();
    let mut left = chance.random_range(0.0..weights);
    let chosen = (1..=places.len()).find(|n| {
        left -= 1.0 / *n as f64;
        left <= 0.0
    });
    let place = places[chosen.unwrap_or(1) - 1];
    for zoom in [14, 16] {
        views.push(window(place, zoom)?);
    }
    for _ in 0..chance.random_range(0..3) {
        let moved = LonLat::new(
            place.lon() + chance.random_range(-0.004..0.004),
            place.lat() + chance.random_range(-0.002..0.002),
        )?;
        views.push(window(moved, 16)?);
    }
    Ok(views)
}

/// Lets visitors come at a rate a second, and counts what reached the load balancer of what they asked the edge.
fn hit_rate(twin: &Twin, places: &[LonLat], a_second: f64) -> anyhow::Result<Value> {
    let (edge_before, balancer_before) = (lines(&twin.edge.log())?, lines(&twin.balancer.log())?);
    let failed = Arc::new(AtomicUsize::new(0));
    let client = Client::builder().timeout(Duration::from_secs(20)).build()?;
    let visits = (VISITS_FOR.as_secs_f64() * a_second) as usize;
    let mut coming = Vec::new();
    for _ in 0..visits {
        let (views, client, failed, edge) = (visit(places)?, client.clone(), failed.clone(), twin.edge.address());
        coming.push(twin.runtime.spawn(async move {
            for view in views {
                let asked = view.into_iter().map(|path| {
                    let (client, failed, address) = (client.clone(), failed.clone(), format!("{edge}{path}"));
                    tokio::spawn(async move {
                        let answer = client.get(address).send().await;
                        let fine = match answer {
                            Ok(answer) => answer.status().is_success() && answer.bytes().await.is_ok(),
                            Err(_) => false,
                        };
                        failed.fetch_add(usize::from(!fine), Ordering::Relaxed);
                    })
                });
                for one in asked.collect::<Vec<_>>() {
                    let _ = one.await;
                }
                let pause = rand::rng().random_range(1500..4000);
                tokio::time::sleep(Duration::from_millis(pause)).await;
            }
        }));
        wait(Duration::from_secs_f64(1.0 / a_second))?;
    }
    twin.runtime.block_on(async {
        for one in coming {
            let _ = one.await;
        }
    });
    wait(Duration::from_secs(2))?;
    let asked = tiles(&twin.edge.log(), edge_before)?;
    let reached = tiles(&twin.balancer.log(), balancer_before)?;
    let rate = |asked: usize, reached: usize| {
        (1.0 - reached as f64 / (asked.max(1)) as f64).mul_add(1000.0, 0.0).round() / 1000.0
    };
    Ok(json!({
        "all": rate(asked.0 + asked.1, reached.0 + reached.1),
        "pins": rate(asked.0, reached.0), "streets": rate(asked.1, reached.1),
        "visits": visits, "requests": asked.0 + asked.1, "reached_an_api_process": reached.0 + reached.1,
        "failed": failed.load(Ordering::Relaxed),
    }))
}

fn lines(log: &Path) -> anyhow::Result<usize> {
    Ok(fs::read_to_string(log)?.lines().count())
}

/// Requests for tiles in a log, of pins and of streets, after so many lines.
fn tiles(log: &Path, after: usize) -> anyhow::Result<(usize, usize)> {
    // HAProxy writes slashes as JSON also may.
    let text = fs::read_to_string(log)?.replace("\\/", "/");
    let of = |part: &str| text.lines().skip(after).filter(|line| line.contains(part)).count();
    let streets = of("\"path\":\"/api/v1/map/streets/");
    Ok((of("\"path\":\"/api/v1/map/") - streets, streets))
}

/// Requests a second through the load balancer with one api process and with all of them, in turns; tiles that the processes
/// have in their memory, so that the database is not what limits them.
fn scale_out(twin: &mut Twin, places: &[LonLat]) -> anyhow::Result<Value> {
    let paths: Vec<String> =
        window(places[0], 14)?.into_iter().filter(|path| !path.contains("streets")).take(8).collect();
    let script = twin.folder().join("tiles.lua");
    let list: String = paths.iter().map(|path| format!("{path:?},")).collect();
    fs::write(
        &script,
        format!(
            "local paths, at = {{{list}}}, 0\nfunction request() at = at % #paths + 1 return wrk.format('GET', paths[at]) end\n"
        ),
    )?;
    let (mut one, mut all) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        for (count, rates) in [(1, &mut one), (APIS, &mut all)] {
            twin.balancer.use_only(count, APIS)?;
            wait(Duration::from_millis(700))?;
            rates.push(rate(twin, &script)?);
        }
    }
    twin.balancer.use_only(APIS, APIS)?;
    let median = |rates: &mut Vec<f64>| {
        rates.sort_by(f64::total_cmp);
        rates[rates.len() / 2]
    };
    let (one, all) = (median(&mut one), median(&mut all));
    Ok(json!({ "one": one.round(), "three": all.round(), "ratio": (all / one * 100.0).round() / 100.0 }))
}

fn rate(twin: &Twin, script: &Path) -> anyhow::Result<f64> {
    let mut wrk = Command::new("wrk");
    wrk.args(["--threads", "1", "--connections", "32", "--duration", &format!("{ROUND_SECONDS}s")]);
    let said = output(wrk.arg("--script").arg(script).arg(twin.balancer.address()))?;
    anyhow::ensure!(!said.contains("Non-2xx"), "answers were wrong: {said}");
    let line = said.lines().find_map(|line| line.trim().strip_prefix("Requests/sec:"));
    line.context("wrk says no rate")?.trim().parse().context("a rate is a number")
}
