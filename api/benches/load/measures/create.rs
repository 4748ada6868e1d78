//! Sending reports.

use anyhow::Context as _;
use mendmap::auth::tokens::Keys;
use mendmap_shared::geo::LonLat;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Bench, CROWD};
use crate::databases::SECRET;
use crate::pgbench::Script;
use crate::recorded::{self, Names, Statement};
use crate::report::{Goal, Report};
use crate::server::{Caches, Server};
use crate::wrk::{self, Requests};

const PATH: &str = "/api/v1/reports";
/// Places that are reported from.
const PLACES: usize = 12;
/// Characters of a UUID, and those at its end that no two share.
const UUID: usize = 36;
const UUID_TAIL: usize = 12;

impl Bench<'_> {
    pub(super) fn create_rate(&self, report: &mut Report) -> anyhow::Result<()> {
        if !self.options.wants("create_rate") {
            return Ok(());
        }
        let database = self.middle()?;
        let server = Server::start(database, Caches::Off, 1)?;
        let user = database.count("SELECT id FROM users WHERE email = 'resident@example.org'")?;
        let token = Keys::new(SECRET)?.access_token(user).map_err(|error| anyhow::anyhow!("no token: {error}"))?;
        let mut bodies = Vec::new();
        for place in self.ground.places() {
            bodies.extend(new_report(&server, *place)?);
            if bodies.len() == PLACES {
                break;
            }
        }
        anyhow::ensure!(!bodies.is_empty(), "there is nowhere to report from");

        let send = |body: &str, key: String| -> anyhow::Result<Sent> {
            let answer: Value = serde_json::from_slice(&server.post(PATH, &token, &key, body)?)?;
            Ok(Sent { id: answer["id"].as_i64().context("no number")?, key })
        };
        // The first one on a connection asks for more: which numbers the types have.
        send(&bodies[0], format!("bench-{}", Uuid::new_v4()))?;
        let run = Uuid::new_v4().simple().to_string();
        let mut taken = Vec::new();
        let statements = recorded::while_running(self.databases, database, || {
            for (number, body) in bodies.iter().enumerate() {
                taken.push((
                    send(body, format!("{run}-{number}-first"))?,
                    send(body, format!("{run}-{number}-second"))?,
                ));
            }
            Ok(())
        })?;
        let whole = script(&statements, &taken, |_| true)?;
        let writes = script(&statements, &taken, |text| {
            ["INSERT", "UPDATE", "DELETE"].iter().any(|word| text.starts_with(word))
        })?;

        let sent = Requests::post(PATH, &token, &bodies)?;
        let pair = self.pair(
            "create_rate",
            |time| Ok(wrk::run(&server, &sent, CROWD, time)?.per_second()),
            |time| writes.run(database, CROWD, time),
        )?;
        let with_reads = self.pair(
            "create_rate, with what is read",
            |time| Ok(wrk::run(&server, &sent, CROWD, time)?.per_second()),
            |time| whole.run(database, CROWD, time),
        )?;
        self.weigh(&server)?;
        report.add("create_rate", pair.ratio(), "ratio", Goal::AtLeast(0.60));
        report.note("create_rate: reports", pair.one.median(), "1/s");
        report.note("create_rate: pgbench, the writes alone", pair.other.median(), "1/s");
        report.note("create_rate over all statements of a report", with_reads.ratio(), "ratio");
        report.note("create_rate: pgbench, all statements", with_reads.other.median(), "1/s");
        Ok(())
    }
}

/// A report that was sent.
struct Sent {
    id: i64,
    key: String,
}

/// What somebody at this place sends, in a category that asks nothing.
fn new_report(server: &Server, place: LonLat) -> anyhow::Result<Option<String>> {
    let (lon, lat) = (place.lon(), place.lat());
    let here: Value = serde_json::from_slice(&server.get(&format!("/api/v1/categories?lon={lon}&lat={lat}"))?)?;
    let groups = here["groups"].as_array().into_iter().flatten();
    let mut categories = groups.flat_map(|group| group["categories"].as_array().into_iter().flatten());
    let simple = categories.find(|category| {
        let questions = category["questions"].as_array();
        category["blocking_message"].is_null()
            && category["private"] == json!(false)
            && questions.is_none_or(|all| all.iter().all(|question| question["required"] == json!(false)))
    });
    Ok(simple.map(|category| {
        json!({
            "location": { "lon": lon, "lat": lat },
            "category": category["code"],
            "title": "Broken kerb by the bus stop",
            "detail": "It has been like this since the frost, and somebody nearly fell over it last night.",
            "answers": {},
        })
        .to_string()
    }))
}

/// The same transactions from the database alone, as far as their statements are wanted. Each was recorded twice: what differs
/// is what has to be new each time.
fn script(statements: &[Statement], taken: &[(Sent, Sent)], wanted: impl Fn(&str) -> bool) -> anyhow::Result<Script> {
    let mut names = Names::default();
    let mut lines = Vec::new();
    for (first, second) in taken {
        let (one, other) = (transaction(statements, &first.key)?, transaction(statements, &second.key)?);
        let same = one.len() == other.len() && one.iter().zip(&other).all(|(one, other)| one.text == other.text);
        anyhow::ensure!(same, "two equal reports were not written alike");
        lines.push("\\set key random(1, 9000000000000000000)".to_owned());
        let mut fresh: Vec<&str> = Vec::new();
        let mut run = Vec::new();
        for (one, other) in one.iter().zip(&other) {
            let mut parameters = Vec::new();
            for (literal, again) in one.parameters.iter().zip(&other.parameters) {
                let mut text = literal.clone();
                for uuid in uuids(literal).filter(|uuid| !again.contains(uuid)) {
                    let number = fresh.iter().position(|known| *known == uuid).unwrap_or_else(|| {
                        fresh.push(uuid);
                        fresh.len() - 1
                    });
                    text = text.replace(uuid, &format!("{}:uuid_{number}", &uuid[..UUID - UUID_TAIL]));
                }
                text = text.replace(&first.key, "bench-:key");
                // The report's own number, where nothing else explains the difference.
                let (before, after) = (first.id.to_string(), second.id.to_string());
                if literal != again && literal.replace(&before, &after) == *again {
                    text = text.replace(&before, ":report_id");
                }
                parameters.push(text);
            }
            if wanted(&one.text) {
                let execute = names.execute(one, &parameters);
                let makes_number = one.text.starts_with("INSERT INTO \"reports\"");
                run.push(execute + if makes_number { " \\gset report_" } else { ";" });
            }
        }
        // Twelve digits are the tail of a UUID as well.
        lines.extend((0..fresh.len()).map(|number| format!("\\set uuid_{number} random(100000000000, 999999999999)")));
        lines.push("BEGIN;".to_owned());
        lines.extend(run);
        lines.push("COMMIT;".to_owned());
    }
    Script::new(&names.prepared(), &lines, taken.len())
}

/// The statements of the transaction in which this key was used.
fn transaction<'a>(statements: &'a [Statement], key: &str) -> anyhow::Result<Vec<&'a Statement>> {
    let key = format!("'{key}'");
    let at = statements.iter().position(|one| one.parameters.contains(&key)).context("the log lacks a transaction")?;
    let process = statements[at].process;
    let own = |one: &&Statement| one.process == process;
    Ok(statements[at..].iter().filter(own).take_while(|one| one.text != "COMMIT").collect())
}

/// The UUIDs in a text.
fn uuids(text: &str) -> impl Iterator<Item = &str> {
    let parts = (0..text.len()).filter_map(|at| text.get(at..at + UUID));
    parts.filter(|part| part.as_bytes().get(8) == Some(&b'-') && Uuid::try_parse(part).is_ok())
}
