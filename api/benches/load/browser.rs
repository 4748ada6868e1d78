//! What only a browser can tell: frames while the map is dragged, bytes of the first view, time until the pins are there.
//!
//! The script lies with the browser tests, as `npm run bench` in `e2e/`, and prints a line of JSON for each thing it looked at.

use std::process::Command;

use anyhow::Context as _;
use serde_json::Value;

use crate::databases::Database;
use crate::options::Options;
use crate::process;
use crate::report::{Goal, Report};
use crate::say;
use crate::server::{Caches, Server};

/// Numbers of the script that have a goal.
fn goal(name: &str) -> Option<Goal> {
    match name {
        "first_view_kilobytes" => Some(Goal::AtMost(200.0)),
        _ => None,
    }
}

/// Runs the script on this database, if it is there, and the app built.
pub fn run(options: &Options, database: &Database, report: &mut Report) -> anyhow::Result<()> {
    let folder = options.project.join("e2e");
    let package: Value = serde_json::from_str(&std::fs::read_to_string(folder.join("package.json"))?)?;
    let app = options.project.join("frontend/dist");
    if package["scripts"]["bench"].is_null() || !folder.join("node_modules").exists() || !app.exists() {
        say("Nothing is measured in a browser: there is no script, or no app");
        return Ok(());
    }
    let server = Server::start_with_app(database, Caches::Own, &app)?;
    let mut command = Command::new("npm");
    command.args(["run", "--silent", "bench"]).current_dir(&folder).env("MENDMAP_ADDRESS", &server.address);
    let said = process::output(&mut command).context("the browser")?;
    for line in said.lines().filter(|line| line.starts_with('{')) {
        let numbers: serde_json::Map<String, Value> = serde_json::from_str(line)?;
        let case = numbers.get("case").and_then(Value::as_str).unwrap_or("browser").to_owned();
        for (name, value) in &numbers {
            let Some(value) = value.as_f64() else { continue };
            match goal(name) {
                Some(goal) => report.add(name, value, "", goal),
                None => report.note(&format!("{case}: {name}"), value, ""),
            }
        }
    }
    Ok(())
}
