//! One resident's map view, followed through every part.

use std::time::Duration;

use anyhow::Context as _;
use mendmap_shared::geo::{LonLat, TileXyz};
use uuid::Uuid;

use crate::process::{until, wait};
use crate::recorder::{Span, balancer_spans, edge_spans, tree};
use crate::topology::Twin;

/// How long processes may take to send their spans.
const EXPORT: Duration = Duration::from_secs(15);

/// Looks at a tile nobody has looked at, through the edge, under a trace of ours, and answers its spans.
///
/// # Errors
/// When the tile is not answered.
pub fn of_one_view(twin: &Twin) -> anyhow::Result<Vec<Span>> {
    let trace = Uuid::new_v4().simple().to_string();
    let visit = Uuid::new_v4().simple().to_string();
    // A tile with reports on it, which no cache has.
    let tile = TileXyz::containing(LonLat::new(-2.9977, 51.56)?, 14)?;
    let address = format!("{}/api/v1/map/14/{}/{}.json?status=open", twin.edge.address(), tile.x(), tile.y());
    let parent = &visit[..16];
    let answer = twin.runtime.block_on(async {
        reqwest::Client::new().get(&address).header("traceparent", format!("00-{trace}-{parent}-01")).send().await
    })?;
    anyhow::ensure!(answer.status().is_success(), "the tile was answered with {}", answer.status());
    let recorded = || twin.recorder.of(&trace);
    // Without any, this build sends no spans; the two in front show all the same.
    let _ = until("the spans' arrival", EXPORT, || !recorded().is_empty());
    wait(Duration::from_secs(1))?;
    let mut spans = edge_spans(&twin.edge.log(), &trace);
    spans.extend(balancer_spans(&twin.balancer.log(), &trace));
    spans.extend(recorded());
    Ok(spans)
}

/// Prints the trace as a tree, and says what is missing of it.
///
/// # Errors
/// When a part of the way left no span.
pub fn print(twin: &Twin, say: impl Fn(&str)) -> anyhow::Result<()> {
    twin.database.writer().run(include_str!("ground.sql"))?;
    twin.database.writer().run(include_str!("town.sql"))?;
    // The counts of the map are folded each second.
    wait(Duration::from_secs(3))?;
    let spans = of_one_view(twin)?;
    let first = spans.first().context("nothing was traced")?;
    say(&format!("trace {}\n\n{}", first.trace, tree(&spans)));
    say(
        "The edge's and the load balancer's spans are made from their logs, as Debian's nginx and HAProxy speak no OTLP; they",
    );
    say("carry numbers of their own, which they pass on, so that the tree is one.");
    let has = |words: &[&str]| {
        spans.iter().any(|span| {
            let text = format!("{} {} {}", span.service, span.name, span.facts.join(" ")).to_lowercase();
            words.iter().any(|word| text.contains(word))
        })
    };
    let steps = [
        ("edge", &["edge"][..]),
        ("load balancer", &["balancer"]),
        ("task", &["mendmap-api"]),
        ("cache", &["cache read", "memcached", "cache.get", "cache get"]),
        ("PostGIS", &["postgresql", "db query", "select"]),
    ];
    let missing: Vec<&str> = steps.iter().filter(|(_, words)| !has(words)).map(|(step, _)| *step).collect();
    anyhow::ensure!(missing.is_empty(), "no span of: {}", missing.join(", "));
    Ok(())
}
