//! One resident's map view, followed through every part.

use std::collections::HashSet;
use std::time::Duration;

use anyhow::Context as _;
use mendmap_shared::geo::{LonLat, TileXyz};
use uuid::Uuid;

use crate::process::{until, wait};
use crate::recorder::{Span, balancer_spans, edge_spans, tree};
use crate::topology::Twin;

/// How long processes may take to send their spans.
const EXPORT: Duration = Duration::from_secs(15);

/// The zoom at which is looked: nobody else looks at it while this does.
const ZOOM: u8 = 15;

/// Looks at a tile nobody has looked at, through the edge, under a trace of ours, and answers its spans.
///
/// # Errors
/// When the tile is not answered.
pub fn of_one_view(twin: &Twin) -> anyhow::Result<Vec<Span>> {
    let trace = Uuid::new_v4().simple().to_string();
    let visit = Uuid::new_v4().simple().to_string();
    // A tile with reports on it, which no cache has.
    let tile = TileXyz::containing(LonLat::new(-2.9977, 51.56)?, ZOOM)?;
    let address = format!("{}/api/v1/map/{ZOOM}/{}/{}.json?status=open", twin.edge.address(), tile.x(), tile.y());
    let parent = &visit[..16];
    let answer = twin.runtime.block_on(async {
        reqwest::Client::new().get(&address).header("traceparent", format!("00-{trace}-{parent}-01")).send().await
    })?;
    anyhow::ensure!(answer.status().is_success(), "the tile was answered with {}", answer.status());
    let left = || {
        let mut spans = edge_spans(&twin.edge.log(), &trace);
        spans.extend(balancer_spans(&twin.balancer.log(), &trace));
        spans.extend(twin.recorder.of(&trace));
        spans
    };
    // What does not arrive, whoever gets the spans misses.
    let _ = until("the spans' arrival", EXPORT, || is_whole(&left()).is_ok());
    wait(Duration::from_secs(1))?;
    Ok(left())
}

/// Prints the trace as a tree, and says what is missing of it.
///
/// # Errors
/// When a part of the way left no span, or the spans are not one tree.
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
    is_whole(&spans)
}

/// Whether a view's spans are one tree, with every step of the way there and back in it.
///
/// # Errors
/// Names what is missing, or what hangs in the air.
pub fn is_whole(spans: &[Span]) -> anyhow::Result<()> {
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
    let mut missing: Vec<&str> = steps.iter().filter(|(_, words)| !has(words)).map(|(step, _)| *step).collect();
    // The way back: each of the three that passed the answer on says how it was answered.
    let answered = |service: &str| {
        spans.iter().any(|span| {
            // 204 is a tile with nothing on it.
            let is_ok = |fact: &String| {
                matches!(fact.split_once('='), Some(("status" | "http.response.status_code", "200" | "204")))
            };
            span.service.contains(service) && span.facts.iter().any(is_ok)
        })
    };
    if !["edge", "balancer", "mendmap-api"].into_iter().all(answered) {
        missing.push("the way back");
    }
    anyhow::ensure!(missing.is_empty(), "no span of: {}", missing.join(", "));
    is_one_tree(spans)
}

/// Whether there is one root, the edge's, and each other span is in one that is there.
fn is_one_tree(spans: &[Span]) -> anyhow::Result<()> {
    let known: HashSet<&str> = spans.iter().map(|span| &*span.id).collect();
    anyhow::ensure!(known.len() == spans.len(), "two spans have one number");
    let roots: Vec<&Span> = spans.iter().filter(|span| !known.contains(&*span.parent)).collect();
    let names: Vec<String> = roots.iter().map(|span| format!("{}: {}", span.service, span.name)).collect();
    anyhow::ensure!(
        roots.len() == 1 && roots[0].service.contains("edge"),
        "the spans are not one tree below the edge; its roots are: {}",
        names.join("; ")
    );
    // In a circle everybody has a parent, and nobody is below the root.
    let mut below: HashSet<&str> = roots.iter().map(|span| &*span.id).collect();
    loop {
        let more: Vec<&str> = spans
            .iter()
            .filter(|span| below.contains(&*span.parent) && !below.contains(&*span.id))
            .map(|span| &*span.id)
            .collect();
        if more.is_empty() {
            break;
        }
        below.extend(more);
    }
    anyhow::ensure!(below.len() == spans.len(), "{} spans are not below the root", spans.len() - below.len());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(id: &str, parent: &str, service: &str, name: &str, fact: &str) -> Span {
        Span {
            trace: "t".into(),
            id: id.into(),
            parent: parent.into(),
            service: service.into(),
            name: name.into(),
            begin: 0,
            end: 1,
            facts: vec![fact.into()],
        }
    }

    fn whole() -> Vec<Span> {
        vec![
            span("1", "0", "edge (nginx)", "GET /", "status=200"),
            span("2", "1", "load balancer (haproxy)", "GET /", "status=200"),
            span("3", "2", "mendmap-api", "GET /", "http.response.status_code=200"),
            span("4", "3", "mendmap-api", "cache get", "cache.level=database"),
            span("5", "4", "mendmap-api", "db map::batches::Batches::made", "db.system.name=postgresql"),
        ]
    }

    #[test]
    fn a_view_that_left_every_span_in_one_tree_is_whole() {
        assert!(is_whole(&whole()).is_ok());
    }

    #[test]
    fn a_span_that_is_missing_or_in_the_air_or_in_a_circle_is_noticed() {
        for at in 0..5 {
            let mut spans = whole();
            spans.remove(at);
            assert!(is_whole(&spans).is_err(), "without the span {}", at + 1);
        }
        for (at, parent) in [(2, "9"), (3, "5"), (0, "1")] {
            let mut spans = whole();
            spans[at].parent = parent.into();
            assert!(is_whole(&spans).is_err(), "the span {} in {parent}", at + 1);
        }
    }

    #[test]
    fn an_answer_that_failed_is_no_way_back() {
        let mut spans = whole();
        spans[1].facts = vec!["status=503".into()];
        assert!(is_whole(&spans).is_err());
    }
}
