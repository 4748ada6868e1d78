//! The numbers, as JSON and as a table.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::Context as _;
use serde::Serialize;

/// What a number should be.
#[derive(Debug, Clone, Copy)]
pub enum Goal {
    /// At least this.
    AtLeast(f64),
    /// At most this.
    AtMost(f64),
}

#[derive(Debug, Serialize)]
struct Row {
    name: String,
    value: f64,
    unit: &'static str,
    goal: Option<String>,
    met: Option<bool>,
}

/// All rows, in the order they were measured.
#[derive(Debug, Default)]
pub struct Report(Vec<Row>);

impl Report {
    /// A number that has a goal.
    pub fn add(&mut self, name: &str, value: f64, unit: &'static str, goal: Goal) {
        let (goal, met) = match goal {
            Goal::AtLeast(goal) => (format!(">= {goal}"), value >= goal),
            Goal::AtMost(goal) => (format!("<= {goal}"), value <= goal),
        };
        self.0.push(Row { name: name.to_owned(), value: rounded(value), unit, goal: Some(goal), met: Some(met) });
    }

    /// A number that says how one with a goal came about.
    pub fn note(&mut self, name: &str, value: f64, unit: &'static str) {
        self.0.push(Row { name: name.to_owned(), value: rounded(value), unit, goal: None, met: None });
    }

    /// Writes it as JSON.
    pub fn write(&self, path: &Path) -> anyhow::Result<()> {
        let write = || {
            fs::create_dir_all(path.parent().unwrap_or(path))?;
            fs::write(path, serde_json::to_string_pretty(&self.0)? + "\n")?;
            anyhow::Ok(())
        };
        write().with_context(|| format!("{} cannot be written", path.display()))
    }

    /// The table: what has a goal first.
    pub fn table(&self) -> String {
        let mut text = format!("\n{:<44} {:>12} {:<8} {:>8} {:>4}\n", "name", "value", "unit", "goal", "met");
        let (goals, notes): (Vec<&Row>, Vec<&Row>) = self.0.iter().partition(|row| row.goal.is_some());
        for Row { name, value, unit, goal, met } in goals.into_iter().chain(notes) {
            let met = met.map_or("", |met| if met { "yes" } else { "no" });
            let goal = goal.as_deref().unwrap_or_default();
            let _ = writeln!(text, "{name:<44} {value:>12} {unit:<8} {goal:>8} {met:>4}");
        }
        text
    }
}

/// Three digits that say something.
fn rounded(value: f64) -> f64 {
    let unit = match value.abs() {
        size if size >= 100.0 => 1.0,
        size if size >= 10.0 => 10.0,
        _ => 1000.0,
    };
    (value * unit).round() / unit
}
