//! Whether the running edge does what `deploy/edge.json` means: asked from outside, by what it answers.

use std::path::Path;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, Method, StatusCode};
use uuid::Uuid;

use super::rules::{Behaviour, Methods, Origin, Query, Rules};
use crate::topology::{APIS, Twin};

/// An address that a behaviour of the table is tried with.
const TRIED: &[(&str, &str)] = &[
    ("/api/v1/map/streets/*", "/api/v1/map/streets/14/8055/5453.json"),
    ("/api/v1/map/*", "/api/v1/map/14/8055/5452.json"),
    ("/api/*", "/api/v1/config"),
    ("/open311/*", "/open311/v2/discovery.json"),
    ("/ogc*", "/ogc/"),
    ("/feeds/*", "/feeds/reports.atom"),
    ("/photos/*", "/photos/{photo}/thumb.jpg"),
    ("/basemap/*", "/basemap/none.pmtiles"),
    ("/healthz", "/healthz"),
    ("/readyz", "/readyz"),
    ("/report/new", "/report/new"),
    ("/report/*", "/report/1"),
    ("/photo/*", "/photo/1.jpeg"),
    ("/around", "/around"),
    ("/my", "/my"),
    ("/rss/*", "/rss/problems"),
    ("/embed/map", "/embed/map"),
    ("/assets/*", "/assets/none.js"),
    ("*", "/privacy"),
];

/// What was tried, and what did not hold.
#[derive(Debug, Default)]
pub struct Outcome {
    /// How many statements about the edge were tried.
    pub tried: usize,
    /// Those that do not hold.
    pub broken: Vec<String>,
}

impl Outcome {
    fn expect(&mut self, holds: bool, what: impl FnOnce() -> String) {
        self.tried += 1;
        if !holds {
            self.broken.push(what());
        }
    }
}

/// Tries every behaviour of the table on the running edge. `photo` is one that everybody may see.
///
/// # Errors
/// When the edge does not answer, or the table has a behaviour this does not know how to try.
pub fn run(twin: &Twin, photo: &str) -> anyhow::Result<Outcome> {
    twin.runtime.block_on(async {
        let rules = Rules::read()?;
        let mut outcome = Outcome::default();
        try_all(&twin.edge.address(), photo, &rules, &mut outcome).await?;
        try_app_paths(&twin.edge.address(), &mut outcome).await?;
        try_limits(twin.sockets.path(), photo, &rules, &mut outcome).await?;
        try_errors(twin, photo, &rules, &mut outcome).await?;
        Ok(outcome)
    })
}

struct Answer {
    status: StatusCode,
    cache: String,
    cache_control: String,
    age_limit: Option<u64>,
    served_by_api: bool,
    may_be_framed: bool,
}

async fn ask(client: &Client, method: Method, address: &str) -> anyhow::Result<Answer> {
    let answer = client.request(method, address).send().await?;
    let header =
        |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let cache_control = header("cache-control");
    let number = |name: &str| {
        let after = cache_control.split(',').find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='));
        after.and_then(|seconds| seconds.parse().ok())
    };
    Ok(Answer {
        status: answer.status(),
        cache: header("x-cache"),
        age_limit: number("s-maxage").or_else(|| number("max-age")),
        served_by_api: answer.headers().contains_key("x-request-id"),
        may_be_framed: header("x-frame-options").is_empty()
            && header("content-security-policy").contains("frame-ancestors *"),
        cache_control,
    })
}

/// The address a behaviour is tried with.
fn tried(behaviour: &Behaviour, photo: &str) -> anyhow::Result<String> {
    let known = TRIED.iter().find(|(pattern, _)| *pattern == behaviour.path);
    let (_, path) = known.ok_or_else(|| anyhow::anyhow!("nobody knows how to try {}", behaviour.path))?;
    Ok(path.replace("{photo}", photo))
}

/// Whether it came from what the edge keeps.
fn is_kept(answer: &Answer) -> bool {
    matches!(&*answer.cache, "HIT" | "STALE" | "UPDATING" | "REVALIDATED")
}

async fn try_all(edge: &str, photo: &str, rules: &Rules, outcome: &mut Outcome) -> anyhow::Result<()> {
    let client = Client::builder().redirect(Policy::none()).build()?;
    for behaviour in &rules.behaviours {
        let path = tried(behaviour, photo)?;
        let policy = rules.policy(behaviour)?;
        let at = |query: &str| format!("{edge}{path}{query}");
        outcome.expect(rules.behaviour(&path).is_some_and(|first| first.path == behaviour.path), || {
            format!("{path} is tried for {}, and another behaviour holds for it", behaviour.path)
        });

        let written = ask(&client, Method::DELETE, &at("")).await?;
        let refused = written.status == StatusCode::FORBIDDEN && !written.served_by_api;
        outcome.expect(refused == (behaviour.methods == Methods::Read), || {
            format!("DELETE {path} is answered with {}, methods are {:?}", written.status, behaviour.methods)
        });

        let first = ask(&client, Method::GET, &at("")).await?;
        match (behaviour.origin, policy.max_ttl) {
            (Origin::Spa, _) => {
                outcome.expect(!first.served_by_api, || format!("{path} reaches an api process"));
                let is_file = path.rsplit('/').next().is_some_and(|name| name.contains('.'));
                let wanted = if is_file { StatusCode::NOT_FOUND } else { StatusCode::OK };
                outcome.expect(first.status == wanted, || format!("{path} is answered with {}", first.status));
                outcome.expect(first.may_be_framed == behaviour.frames.is_some(), || {
                    format!("{path} says that others may frame it: {}", first.may_be_framed)
                });
            }
            (Origin::Api, None) => {
                let again = ask(&client, Method::GET, &at("")).await?;
                for answer in [first, again] {
                    outcome.expect(answer.served_by_api && answer.cache == "PASS", || {
                        format!("{path} is not passed on each time: X-Cache {:?}", answer.cache)
                    });
                }
            }
            (Origin::Api, Some(_)) => {
                // Kept for a second at least: asked again at once, it comes from the edge. On a busy machine "at once" may
                // take longer.
                let mut again = ask(&client, Method::GET, &at("")).await?;
                for _ in 0..5 {
                    if is_kept(&again) {
                        break;
                    }
                    again = ask(&client, Method::GET, &at("")).await?;
                }
                let may_keep = first.status.is_success()
                    && first.age_limit.is_some_and(|seconds| seconds > 0)
                    && !["private", "no-store", "no-cache"].iter().any(|word| first.cache_control.contains(word));
                outcome.expect(is_kept(&again) == may_keep, || {
                    format!("{path} ({}, {}) asked twice: X-Cache {:?}", first.status, first.cache_control, again.cache)
                });
                let other = ask(&client, Method::GET, &at(&format!("?other={}", Uuid::new_v4().simple()))).await?;
                let is_of_key = matches!(&policy.query, Query::Word(word) if word == "all");
                outcome.expect(is_kept(&other) == (may_keep && !is_of_key), || {
                    format!("{path} with another query: X-Cache {:?}, and the key has {:?}", other.cache, policy.query)
                });
            }
        }
    }
    Ok(())
}

/// The pages of the app, and the places FixMyStreet had its own: as CloudFront's function of app paths has it.
async fn try_app_paths(edge: &str, outcome: &mut Outcome) -> anyhow::Result<()> {
    let client = Client::builder().redirect(Policy::none()).build()?;
    for (path, status, leads_to) in [
        ("/reports/Newport+City", 308, "/report/of/Newport+City"),
        ("/reports", 308, "/around"),
        ("/reports/", 308, "/around"),
        ("/reports/12", 200, ""),
        ("/reports/12/x", 200, ""),
    ] {
        let answer = client.get(format!("{edge}{path}")).send().await?;
        let location = answer.headers().get("location").and_then(|value| value.to_str().ok()).unwrap_or_default();
        outcome.expect(answer.status().as_u16() == status && location == leads_to, || {
            format!("{path} is answered with {} {location:?}", answer.status())
        });
    }
    // FixMyStreet's address of its form, with a place: the app reads it from there.
    let path = "/report/new?latitude=51.56&longitude=-2.9977";
    let answer = client.get(format!("{edge}{path}")).send().await?;
    let kind = answer.headers().get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
    outcome.expect(answer.status() == StatusCode::OK && kind.starts_with("text/html"), || {
        format!("{path} is answered with {} {kind:?}", answer.status())
    });
    Ok(())
}

/// While no api process can be reached, everybody is told so; as soon as one can, nobody is any more: no error was kept.
async fn try_errors(twin: &Twin, photo: &str, rules: &Rules, outcome: &mut Outcome) -> anyhow::Result<()> {
    let client = Client::builder().redirect(Policy::none()).build()?;
    let edge = twin.edge.address();
    // Where the query belongs to the key, nothing is kept yet that could be answered in an error's place.
    let query = format!("?other={}", Uuid::new_v4().simple());
    let mut failed = Vec::new();
    reachable(twin, false)?;
    for behaviour in rules.behaviours.iter().filter(|behaviour| behaviour.origin == Origin::Api) {
        let address = format!("{edge}{}{query}", tried(behaviour, photo)?);
        let answer = ask(&client, Method::GET, &address).await?;
        let is_all_of_key = matches!(&rules.policy(behaviour)?.query, Query::Word(word) if word == "all");
        if answer.status.is_server_error() {
            failed.push(address);
        } else {
            let must_fail = is_all_of_key || rules.policy(behaviour)?.max_ttl.is_none();
            outcome.expect(!must_fail, || format!("{address} is answered with {} by nobody", answer.status));
        }
    }
    reachable(twin, true)?;
    for _ in 0..100 {
        if twin.balancer.healthy().is_ok_and(|up| up == APIS) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    for address in failed {
        let answer = ask(&client, Method::GET, &address).await?;
        outcome.expect(!answer.status.is_server_error(), || {
            format!("{address} is still answered with {}: an error was kept", answer.status)
        });
    }
    Ok(())
}

/// Takes every api process away from the load balancer, or gives it all of them back.
fn reachable(twin: &Twin, are_there: bool) -> anyhow::Result<()> {
    let state = if are_there { "ready" } else { "maint" };
    // It asks them all where none is healthy, as servers of their own.
    for backend in ["api", "fail_open"] {
        for api in 1..=APIS {
            twin.balancer.command(&format!("set server {backend}/api-{api} state {state}"))?;
        }
    }
    Ok(())
}

/// What wants to be kept longer than its policy lets it is told how long: asked on the socket the edge itself asks.
async fn try_limits(folder: &Path, photo: &str, rules: &Rules, outcome: &mut Outcome) -> anyhow::Result<()> {
    for behaviour in rules.behaviours.iter().filter(|behaviour| behaviour.origin == Origin::Api) {
        let Some(most) = rules.policy(behaviour)?.max_ttl else { continue };
        let path = tried(behaviour, photo)?;
        let socket = folder.join(format!("{}.sock", behaviour.cache));
        let client = Client::builder().redirect(Policy::none()).unix_socket(socket).build()?;
        let answer = client.get(format!("http://twin{path}")).send().await?;
        let told = answer.headers().get("x-accel-expires").and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        let wants = ask(&client, Method::GET, &format!("http://twin{path}")).await?;
        let is_private = ["private", "no-store", "no-cache"].iter().any(|word| wants.cache_control.contains(word));
        let wanted = wants.age_limit.filter(|seconds| *seconds > most && !is_private).map(|_| most);
        outcome.expect(told == wanted, || {
            format!("{path} ({}) may be kept {most} s at most and is kept {told:?}", wants.cache_control)
        });
    }
    Ok(())
}
