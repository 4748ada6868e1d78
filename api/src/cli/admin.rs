//! `mendmap admin`: bodies, categories and users, from the server's own command line. Every change is audited.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Subcommand;
use diesel::prelude::*;
use mendmap_shared::questions::{self, Question};
use mendmap_shared::text::{Email, PersonName};
use serde_json::json;

use super::ground::Ground;
use super::keys::{self, KeyCommand};
use super::open311::{self, Open311Command};
use super::say;
use crate::auth::passwords;
use crate::auth::queries::user_for_email;
use crate::auth::tokens::Keys;
use crate::desk::queries::audit;
use crate::exports::changes;
use crate::mail_feedback;
use crate::schema::{areas, bodies, body_areas, categories, staff, users};

/// `mendmap admin …`
#[derive(Subcommand)]
pub enum AdminCommand {
    /// Organisations that receive reports
    #[command(subcommand)]
    Body(BodyCommand),
    /// What can be reported to a body
    #[command(subcommand)]
    Category(CategoryCommand),
    /// People with an account
    #[command(subcommand)]
    User(UserCommand),
    /// Keys of other systems
    #[command(subcommand)]
    Key(KeyCommand),
    /// How bodies are reached by Open311
    #[command(subcommand)]
    Open311(Open311Command),
    /// Begin a new order of changes: after the data were copied to another server, or taken back to an earlier moment. Whoever
    /// keeps a copy by `updated_after` is told to start again with everything
    RestartChanges,
}

#[derive(Subcommand)]
pub enum BodyCommand {
    /// List them with their addresses
    List,
    /// Make every imported council without one a body with the usual categories
    FromCouncils,
    /// Add one, or change one that is there
    Add {
        /// Stable name in addresses: lower-case letters, digits, hyphens
        slug: String,
        /// Name
        #[arg(long)]
        name: Option<String>,
        /// Where reports are mailed
        #[arg(long)]
        email: Option<Email>,
        /// Codes of areas it covers, separated by commas; added to those it has
        #[arg(long, value_delimiter = ',')]
        areas: Vec<String>,
        /// Whether residents other than the author may mark reports as fixed
        #[arg(long)]
        residents_may_fix: Option<bool>,
    },
}

#[derive(Subcommand)]
pub enum CategoryCommand {
    /// List a body's categories
    List {
        /// The body's slug
        body: String,
    },
    /// Add one, or change one that is there; what is not named stays
    Add {
        /// The body's slug
        body: String,
        /// Stable code: lower-case letters, digits, hyphens
        code: String,
        #[command(flatten)]
        change: Box<CategoryChange>,
    },
}

#[derive(clap::Args)]
pub struct CategoryChange {
    /// Name
    #[arg(long)]
    name: Option<String>,
    /// Group it is listed under
    #[arg(long)]
    group: Option<String>,
    /// A line of help
    #[arg(long)]
    hint: Option<String>,
    /// Where reports are mailed instead of the body's address
    #[arg(long)]
    email: Option<Email>,
    /// Other words for it, separated by commas
    #[arg(long)]
    keywords: Option<String>,
    /// Hours in which the body means to have finished
    #[arg(long)]
    target_hours: Option<i32>,
    /// JSON file with the extra questions
    #[arg(long)]
    questions: Option<PathBuf>,
    /// Message that stops people from reporting this; empty takes it away
    #[arg(long)]
    blocking_message: Option<String>,
    /// Whether it goes to this body alone where several own it
    #[arg(long)]
    preferred: Option<bool>,
    /// Whether reports are for author and body only
    #[arg(long)]
    private: Option<bool>,
    /// Whether it can be chosen
    #[arg(long)]
    live: Option<bool>,
}

#[derive(Subcommand)]
pub enum UserCommand {
    /// Add one, or change one that is there
    Add {
        /// Address
        email: Email,
        /// Name
        #[arg(long)]
        name: Option<PersonName>,
        /// The body they work for
        #[arg(long, requires = "role")]
        body: Option<String>,
        /// What they are there
        #[arg(long, value_parser = ["viewer", "inspector", "officer", "administrator"], requires = "body")]
        role: Option<String>,
        /// Read a password from standard input; without it they sign in by mailed link
        #[arg(long)]
        password_stdin: bool,
    },
    /// Send mail again to an address that bounced or complained
    AllowMail {
        /// Address
        email: Email,
    },
}

/// Carries the command out, in one transaction.
pub fn run(command: AdminCommand, ground: &Ground) -> anyhow::Result<()> {
    let command = match command {
        AdminCommand::Open311(command) => return open311::run(command, ground),
        command => command,
    };
    let mut conn = ground.connect()?;
    conn.transaction(|conn| match command {
        AdminCommand::Open311(_) => Ok(()),
        AdminCommand::Body(BodyCommand::List) => {
            let rows: Vec<(String, String, String)> =
                bodies::table.order(bodies::slug).select((bodies::slug, bodies::name, bodies::email)).load(conn)?;
            rows.iter().for_each(|(slug, name, email)| say(&format!("{slug}\t{name}\t{email}")));
            Ok(())
        }
        AdminCommand::Body(BodyCommand::FromCouncils) => {
            let made = crate::bodies::councils::bodies_for_councils(conn)?;
            audit(conn, None, "body.from-councils", ("body", 0), &json!({ "made": made }))?;
            say(&format!("{made} bodies are added; set their real mail addresses with `mendmap admin body add SLUG --email ADDRESS`"));
            Ok(())
        }
        AdminCommand::Body(BodyCommand::Add { slug, name, email, areas, residents_may_fix }) => {
            add_body(conn, &slug, name.as_deref(), email.as_ref(), &areas, residents_may_fix)
        }
        AdminCommand::Category(CategoryCommand::List { body }) => {
            let rows: Vec<(String, String, String, bool)> = categories::table
                .filter(categories::body_id.eq(body_id(conn, &body)?))
                .order((categories::position, categories::name))
                .select((categories::code, categories::group_name, categories::name, categories::live))
                .load(conn)?;
            for (code, group, name, live) in rows {
                say(&format!("{code}\t{group}\t{name}\t{}", if live { "live" } else { "not live" }));
            }
            Ok(())
        }
        AdminCommand::Category(CategoryCommand::Add { body, code, change }) => add_category(conn, &body, &code, *change),
        AdminCommand::Key(command) => keys::run(conn, command),
        AdminCommand::RestartChanges => {
            changes::restart(conn)?;
            audit(conn, None, "changes.restart", ("settings", 0), &json!({}))?;
            say("a new order of changes has begun");
            Ok(())
        }
        AdminCommand::User(UserCommand::AllowMail { email }) => {
            let hash = Keys::new(&ground.secret()?)?.address_hash(email.as_str());
            let was_refused = mail_feedback::queries::allow(conn, hash)?;
            audit(conn, None, "mail.allow", ("user", 0), &json!({}))?;
            say(if was_refused { "it gets mail again" } else { "it was not refused" });
            Ok(())
        }
        AdminCommand::User(UserCommand::Add { email, name, body, role, password_stdin }) => {
            let password = if password_stdin { Some(read_password()?) } else { None };
            add_user(conn, &email, name.as_ref(), body.zip(role), password)
        }
    })
}

/// The body of this slug.
///
/// # Errors
/// Where there is none.
pub(super) fn body_id(conn: &mut PgConnection, slug: &str) -> anyhow::Result<i64> {
    crate::bodies::queries::id_of(conn, slug)
        .optional()?
        .with_context(|| format!("there is no body {slug:?}; `mendmap admin body list` shows them"))
}

fn add_body(
    conn: &mut PgConnection,
    slug: &str,
    name: Option<&str>,
    email: Option<&Email>,
    area_codes: &[String],
    residents_may_fix: Option<bool>,
) -> anyhow::Result<()> {
    let known: Option<i64> = crate::bodies::queries::id_of(conn, slug).optional()?;
    let id = match known {
        Some(id) => {
            if let Some(name) = name {
                diesel::update(bodies::table.find(id)).set(bodies::name.eq(name)).execute(conn)?;
            }
            if let Some(email) = email {
                diesel::update(bodies::table.find(id)).set(bodies::email.eq(email.as_str())).execute(conn)?;
            }
            id
        }
        None => diesel::insert_into(bodies::table)
            .values((
                bodies::slug.eq(slug),
                bodies::name.eq(name.context("a new body needs --name")?),
                bodies::email.eq(email.context("a new body needs --email")?.as_str()),
            ))
            .returning(bodies::id)
            .get_result(conn)
            .with_context(|| format!("{slug:?} cannot be a slug: lower-case letters, digits and hyphens"))?,
    };
    if let Some(may) = residents_may_fix {
        diesel::update(bodies::table.find(id)).set(bodies::residents_may_fix.eq(may)).execute(conn)?;
    }
    if !area_codes.is_empty() {
        let found: Vec<(i64, String)> =
            areas::table.filter(areas::code.eq_any(area_codes)).select((areas::id, areas::code)).load(conn)?;
        if let Some(missing) = area_codes.iter().find(|code| !found.iter().any(|(_, known)| known == *code)) {
            anyhow::bail!("there is no area with the code {missing:?}; import it first");
        }
        let rows: Vec<_> =
            found.iter().map(|(area, _)| (body_areas::body_id.eq(id), body_areas::area_id.eq(area))).collect();
        diesel::insert_into(body_areas::table).values(rows).on_conflict_do_nothing().execute(conn)?;
    }
    audit(
        conn,
        None,
        if known.is_some() { "body.change" } else { "body.add" },
        ("body", id),
        &json!({ "slug": slug }),
    )?;
    say(&format!("{slug} is {}", if known.is_some() { "changed" } else { "added" }));
    Ok(())
}

fn add_category(conn: &mut PgConnection, body: &str, code: &str, change: CategoryChange) -> anyhow::Result<()> {
    let body_id = body_id(conn, body)?;
    let known: Option<i64> = categories::table
        .filter(categories::body_id.eq(body_id))
        .filter(categories::code.eq(code))
        .select(categories::id)
        .first(conn)
        .optional()?;
    let questions = change.questions.as_deref().map(read_questions).transpose()?;
    let id = match known {
        Some(id) => id,
        None => diesel::insert_into(categories::table)
            .values((
                categories::body_id.eq(body_id),
                categories::code.eq(code),
                categories::name.eq(change.name.as_deref().context("a new category needs --name")?),
                categories::group_name.eq(change.group.as_deref().context("a new category needs --group")?),
            ))
            .returning(categories::id)
            .get_result(conn)
            .with_context(|| format!("{code:?} cannot be a code: lower-case letters, digits and hyphens"))?,
    };
    let row = categories::table.find(id);
    macro_rules! set {
        ($column:ident, $value:expr) => {
            if let Some(value) = $value {
                diesel::update(row).set(categories::$column.eq(value)).execute(conn)?;
            }
        };
    }
    set!(name, change.name.as_deref());
    set!(group_name, change.group.as_deref());
    set!(hint, change.hint.as_deref());
    set!(email, change.email.as_ref().map(Email::as_str));
    set!(keywords, change.keywords.as_deref());
    set!(target_hours, change.target_hours);
    set!(questions, questions);
    set!(
        blocking_message,
        change.blocking_message.map(|message| Some(message).filter(|message| !message.trim().is_empty()))
    );
    set!(preferred, change.preferred);
    set!(private, change.private);
    set!(live, change.live);
    let action = if known.is_some() { "category.change" } else { "category.add" };
    audit(conn, None, action, ("category", id), &json!({ "body": body, "code": code }))?;
    say(&format!("{code} of {body} is {}", if known.is_some() { "changed" } else { "added" }));
    Ok(())
}

fn read_questions(path: &std::path::Path) -> anyhow::Result<serde_json::Value> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let questions: Vec<Question> =
        serde_json::from_str(&text).with_context(|| format!("{} is no list of questions", path.display()))?;
    questions::validate(&questions).with_context(|| format!("{} cannot be used", path.display()))?;
    Ok(serde_json::to_value(questions)?)
}

fn read_password() -> anyhow::Result<String> {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).context("the password cannot be read")?;
    let line = line.trim_end_matches(['\n', '\r']).to_owned();
    let password = mendmap_shared::text::NewPassword::try_from(line)
        .map_err(|code| anyhow::anyhow!("this password cannot be used: {code}"))?;
    passwords::hash(password.expose())
}

fn add_user(
    conn: &mut PgConnection,
    email: &Email,
    name: Option<&PersonName>,
    staff_of: Option<(String, String)>,
    password_hash: Option<String>,
) -> anyhow::Result<()> {
    let id = user_for_email(conn, email.as_str())?;
    if let Some(name) = name {
        diesel::update(users::table.find(id)).set(users::name.eq(name.as_str())).execute(conn)?;
    }
    if let Some(hash) = password_hash {
        diesel::update(users::table.find(id)).set(users::password_hash.eq(hash)).execute(conn)?;
        crate::auth::queries::end_other_sessions(conn, id, None)?;
    }
    let mut detail = json!({});
    if let Some((slug, role)) = staff_of {
        let body = body_id(conn, &slug)?;
        diesel::insert_into(staff::table)
            .values((staff::user_id.eq(id), staff::body_id.eq(body), staff::role.eq(&role)))
            .on_conflict((staff::user_id, staff::body_id))
            .do_update()
            .set(staff::role.eq(&role))
            .execute(conn)?;
        detail = json!({ "body": slug, "role": role });
    }
    audit(conn, None, "user.add", ("user", id), &detail)?;
    say(&format!("{email} is ready"));
    Ok(())
}
