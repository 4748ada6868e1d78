//! What happens later: rows written with the change that makes them necessary, worked off by whoever is free.

pub mod housekeeping;
pub mod queries;
pub mod rules;
pub mod worker;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Something to do. It carries numbers of rows, never the words or addresses themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Job {
    /// Mail a sign-in link.
    SignInMail {
        /// Row of `link_tokens`.
        link: Uuid,
    },
    /// Mail the link that confirms a report, an update or a subscription.
    ConfirmMail {
        /// Row of `link_tokens`.
        link: Uuid,
    },
    /// Hand a report, or an update of it, to a body.
    Deliver {
        /// Row of `deliveries`.
        delivery: Uuid,
    },
    /// Fetch a picture that a sender gave the address of.
    FetchMedia {
        /// Row of `reports`.
        report: i64,
        /// Its place among the report's pictures.
        position: i16,
        /// The server it lies on.
        host: String,
    },
    /// Find out who follows the report an update belongs to, and make one mail for each.
    NotifyFollowers {
        /// Row of `updates`.
        update: i64,
    },
    /// Mail one follower about one update.
    AlertMail {
        /// Row of `alerts`.
        alert: Uuid,
        /// Row of `updates`.
        update: i64,
    },
    /// Mail one member of a body's staff what could not be handed over, once a day.
    ParkedSummary {
        /// Row of `bodies`.
        body: i64,
        /// Row of `users`.
        user: i64,
        /// The day it is about.
        day: NaiveDate,
    },
    /// Hand a report, or an update of it, to a body's own Open311 server.
    Open311Deliver {
        /// Row of `deliveries`.
        delivery: Uuid,
        /// Row of `open311_servers`.
        server: i64,
    },
    /// Ask such a server for the number of a report it gave only a token for.
    Open311Token {
        /// Row of `reports`.
        report: i64,
        /// Row of `open311_servers`.
        server: i64,
    },
    /// Fetch the pictures of an update that came from such a server.
    Open311Pictures {
        /// Row of `updates`.
        update: i64,
        /// Row of `open311_servers`.
        server: i64,
    },
    /// Fetch updates from such a server, again and again.
    Open311Poll {
        /// Row of `open311_servers`.
        server: i64,
    },
    /// Bring our categories in step with such a server's service list, again and again.
    Open311Sync {
        /// Row of `open311_servers`.
        server: i64,
    },
    /// Find out which webhooks are to be told of the events nobody was told of yet. Made by the triggers that note them.
    TellWebhooks {
        /// Row of `report_events`: the last one there was.
        event: i64,
    },
    /// Tell one webhook of one event. Made in SQL, by `webhooks::deliveries`.
    CallWebhook {
        /// Row of `webhooks`.
        webhook: Uuid,
        /// Row of `report_events`.
        event: i64,
    },
    /// Read what the mail service told about mails of ours.
    MailFeedback {
        /// Row of `mail_feedback`.
        message: Uuid,
    },
    /// Mail one administrator of a body that a webhook of theirs was switched off.
    WebhookDisabledMail {
        /// Row of `webhooks`.
        webhook: Uuid,
        /// Row of `users`.
        user: i64,
    },
    /// Make an export.
    MakeExport {
        /// Row of `exports`.
        export: Uuid,
    },
    /// Make a day's snapshot of the open data.
    MakeSnapshot {
        /// Row of `snapshots`.
        day: NaiveDate,
    },
}

impl Job {
    /// Two jobs with the same key are one.
    #[must_use]
    pub fn dedupe_key(&self) -> String {
        match self {
            Self::SignInMail { link } | Self::ConfirmMail { link } => format!("link {link}"),
            Self::FetchMedia { report, position, .. } => format!("media {report} {position}"),
            // One chain of attempts, whichever way it goes.
            Self::Deliver { delivery } | Self::Open311Deliver { delivery, .. } => format!("delivery {delivery}"),
            Self::NotifyFollowers { update } => format!("notify {update}"),
            Self::AlertMail { alert, update } => format!("alert {alert} {update}"),
            Self::ParkedSummary { body, user, day } => format!("parked {body} {user} {day}"),
            Self::Open311Token { report, server } => format!("open311 token {server} {report}"),
            Self::Open311Pictures { update, server } => format!("open311 pictures {server} {update}"),
            Self::Open311Poll { server } => format!("open311 poll {server}"),
            Self::Open311Sync { server } => format!("open311 sync {server}"),
            // Not what the triggers call it: this one goes on where that one ends.
            Self::TellWebhooks { event } => format!("events after {event}"),
            Self::CallWebhook { webhook, event } => format!("webhook {webhook} {event}"),
            Self::WebhookDisabledMail { webhook, user } => format!("webhook disabled {webhook} {user}"),
            Self::MailFeedback { message } => format!("mail feedback {message}"),
            Self::MakeExport { export } => format!("export {export}"),
            Self::MakeSnapshot { day } => format!("snapshot {day}"),
        }
    }

    /// What of these only one runs at a time, everywhere: the server outside that it talks to. Letters have none.
    #[must_use]
    pub fn lane(&self) -> Option<String> {
        match self {
            Self::FetchMedia { host, .. } => Some(format!("media {host}")),
            Self::CallWebhook { webhook, .. } => Some(crate::webhooks::rules::lane(*webhook)),
            // One of them calls SNS.
            Self::MailFeedback { .. } => Some("mail feedback".to_owned()),
            // No server, but as slow as one: letters do not wait for it, and neither is the database read by many at once.
            Self::MakeExport { .. } | Self::MakeSnapshot { .. } => Some("exports".to_owned()),
            Self::SignInMail { .. }
            | Self::ConfirmMail { .. }
            | Self::Deliver { .. }
            | Self::NotifyFollowers { .. }
            | Self::AlertMail { .. }
            | Self::ParkedSummary { .. }
            | Self::TellWebhooks { .. }
            | Self::WebhookDisabledMail { .. } => None,
            Self::Open311Deliver { server, .. }
            | Self::Open311Token { server, .. }
            | Self::Open311Pictures { server, .. }
            | Self::Open311Poll { server }
            | Self::Open311Sync { server } => Some(format!("open311 {server}")),
        }
    }

    /// Whether it comes again and again of itself: it belongs to no request's trace.
    #[must_use]
    pub const fn is_by_the_clock(&self) -> bool {
        matches!(
            self,
            Self::Open311Poll { .. }
                | Self::Open311Sync { .. }
                | Self::ParkedSummary { .. }
                | Self::MakeSnapshot { .. }
        )
    }

    /// The word in the table's `kind` column, for people who look there.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::SignInMail { .. } => "sign_in_mail",
            Self::ConfirmMail { .. } => "confirm_mail",
            Self::Deliver { .. } => "deliver",
            Self::FetchMedia { .. } => "fetch_media",
            Self::NotifyFollowers { .. } => "notify_followers",
            Self::AlertMail { .. } => "alert_mail",
            Self::ParkedSummary { .. } => "parked_summary",
            Self::Open311Deliver { .. } => "open311_deliver",
            Self::Open311Token { .. } => "open311_token",
            Self::Open311Pictures { .. } => "open311_pictures",
            Self::Open311Poll { .. } => "open311_poll",
            Self::Open311Sync { .. } => "open311_sync",
            Self::TellWebhooks { .. } => "tell_webhooks",
            Self::CallWebhook { .. } => "call_webhook",
            Self::WebhookDisabledMail { .. } => "webhook_disabled_mail",
            Self::MailFeedback { .. } => "mail_feedback",
            Self::MakeExport { .. } => "make_export",
            Self::MakeSnapshot { .. } => "make_snapshot",
        }
    }
}
