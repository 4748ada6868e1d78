//! What the server asks of its database, as PostgreSQL's log has it: nothing here is a copy of the product's SQL.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use diesel::connection::SimpleConnection as _;

use crate::databases::{Database, Databases};
use crate::{pgbench, process};

/// What the log calls a statement that has no name.
const UNNAMED: &str = "<unnamed>";

/// A statement as it was run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Number of the process that ran it: one connection's.
    pub process: u32,
    /// Whether the connection keeps it prepared; else it is planned each time, for these very parameters.
    pub kept: bool,
    /// Its text, with `$1` and so on.
    pub text: String,
    /// Its parameters, as literals of SQL.
    pub parameters: Vec<String>,
}

/// Everything that is run on the databases while `act` runs.
pub fn while_running(
    databases: &Databases,
    database: &Database,
    act: impl FnOnce() -> anyhow::Result<()>,
) -> anyhow::Result<Vec<Statement>> {
    let conn = &mut database.connect()?;
    let mut set = |statement: &str| -> anyhow::Result<()> {
        conn.batch_execute(statement)?;
        conn.batch_execute("SELECT pg_reload_conf()")?;
        // Every connection hears of it before its next statement, which may come a moment later.
        process::wait(Duration::from_millis(500))
    };
    set("ALTER SYSTEM SET log_statement = 'all'")?;
    let before = fs::metadata(&databases.log)?.len();
    let done = act();
    set("ALTER SYSTEM RESET log_statement")?;
    done?;
    let log = fs::read(&databases.log)?;
    let new = log.get(usize::try_from(before)?..).unwrap_or_default();
    Ok(read(&String::from_utf8_lossy(new)))
}

/// The statements of a log whose lines begin with a moment and `[process]`; lines of the same entry begin with a tab.
fn read(log: &str) -> Vec<Statement> {
    let mut entries: Vec<String> = Vec::new();
    for line in log.lines() {
        match (line.strip_prefix('\t'), entries.last_mut()) {
            (Some(more), Some(entry)) => {
                entry.push('\n');
                entry.push_str(more);
            }
            _ => entries.push(line.to_owned()),
        }
    }
    let mut statements: Vec<Statement> = Vec::new();
    for entry in entries {
        let Some((head, said)) = entry.split_once("] ") else { continue };
        let Some(process) = head.rsplit('[').next().and_then(|number| number.parse().ok()) else { continue };
        if let Some(parameters) = said.strip_prefix("DETAIL:  parameters: ") {
            if let Some(last) = statements.iter_mut().rev().find(|statement| statement.process == process) {
                last.parameters = literals(parameters);
            }
            continue;
        }
        let Some(said) = said.strip_prefix("LOG:  ") else { continue };
        let named = said.strip_prefix("execute ").and_then(|named| named.split_once(": "));
        let found = named.or_else(|| said.strip_prefix("statement: ").map(|text| (UNNAMED, text)));
        if let Some((name, text)) = found {
            let text = text.to_owned();
            statements.push(Statement { process, kept: name != UNNAMED, text, parameters: Vec::new() });
        }
    }
    statements
}

/// `$1 = 'it''s', $2 = NULL` as `'it''s'` and `NULL`.
fn literals(parameters: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = parameters;
    while let Some((_, after)) = rest.split_once(" = ") {
        let mut quoted = false;
        let end = after.char_indices().find(|(_, character)| {
            quoted ^= *character == '\'';
            *character == ',' && !quoted
        });
        let (value, next) = end.map_or((after, ""), |(at, _)| after.split_at(at));
        found.push(value.to_owned());
        rest = next;
    }
    found
}

/// Names for the texts of statements, to prepare each of them once: name, parameter types (as the text implies), text.
#[derive(Debug, Default)]
pub struct Names(BTreeMap<String, String>);

impl Names {
    /// The line that runs this statement with these literals for its parameters, in the way that the server runs it.
    pub fn execute(&mut self, statement: &Statement, parameters: &[String]) -> String {
        if !statement.kept {
            // From the last one on, so that `$1` is not taken for the beginning of `$12`.
            let all = (1..).zip(parameters).collect::<Vec<_>>();
            let put_in =
                |text: String, (number, literal): &(usize, &String)| text.replace(&format!("${number}"), literal);
            return all.iter().rev().fold(pgbench::on_one_line(&statement.text), put_in);
        }
        let next = format!("statement_{}", self.0.len());
        let name = self.0.entry(statement.text.clone()).or_insert(next);
        if parameters.is_empty() {
            format!("EXECUTE {name}")
        } else {
            format!("EXECUTE {name}({})", parameters.join(", "))
        }
    }

    /// What has to be prepared.
    pub fn prepared(&self) -> Vec<(String, String, String)> {
        self.0.iter().map(|(text, name)| (name.clone(), String::new(), text.clone())).collect()
    }
}
