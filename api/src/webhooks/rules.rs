//! Names, words and addresses: what is decided without asking anybody.

use mendmap_shared::error::FieldCode;
use mendmap_shared::limits::WEBHOOK_WORDS_CHARS;
use mendmap_shared::text::WebhookUrl;
use mendmap_shared::wire::integrations::EventKind;
use url::Url;
use uuid::Uuid;

use crate::delivery::outbound::Outbound;
use crate::error::{ApiError, ApiResult};

/// `webhook-id` of every call that tells this webhook of this event, so that its server knows what it has already.
#[must_use]
pub fn message_id(webhook: Uuid, event: i64) -> String {
    format!("msg_{}", Uuid::new_v5(&webhook, &event.to_be_bytes()).simple())
}

/// What a webhook's secrets are sealed for.
#[must_use]
pub fn purpose(webhook: Uuid) -> String {
    format!("webhook {webhook}")
}

/// The jobs that call a webhook: one at a time, in turn.
#[must_use]
pub fn lane(webhook: Uuid) -> String {
    format!("webhook {webhook}")
}

/// The address a webhook may have.
///
/// # Errors
/// Names the field where it cannot be called.
pub fn address(outbound: &Outbound, typed: &WebhookUrl) -> ApiResult<Url> {
    outbound.check(typed.as_str()).map_err(|_| ApiError::field("url", FieldCode::Invalid))
}

/// Where an address leads, without what may be secret in it.
#[must_use]
pub fn server(address: &str) -> String {
    Url::parse(address).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
}

/// The kinds of events chosen, each once.
///
/// # Errors
/// Names the field where none is.
pub fn chosen(events: &[EventKind]) -> ApiResult<Vec<EventKind>> {
    let chosen: Vec<EventKind> = EventKind::ALL.into_iter().filter(|kind| events.contains(kind)).collect();
    if chosen.is_empty() { Err(ApiError::field("events", FieldCode::Required)) } else { Ok(chosen) }
}

/// The beginning of what a server said, as one line of text.
#[must_use]
pub fn words(body: &[u8]) -> String {
    let text: String = String::from_utf8_lossy(body).chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(WEBHOOK_WORDS_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_keeps_its_name_and_shares_it_with_no_other() {
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        assert_eq!(message_id(one, 7), message_id(one, 7));
        assert_ne!(message_id(one, 7), message_id(one, 8));
        assert_ne!(message_id(one, 7), message_id(other, 7));
    }

    #[test]
    fn what_a_server_said_is_kept_as_a_short_line_without_anything_odd() {
        assert_eq!(words(b"<h1>\0 Oh\r\n\tno\x1b[31m</h1>\xff"), "<h1> Oh no [31m</h1>\u{fffd}");
        assert_eq!(words("ä".repeat(5_000).as_bytes()).chars().count(), WEBHOOK_WORDS_CHARS);
        assert_eq!(words(b""), "");
    }

    #[test]
    fn events_are_chosen_once_and_at_least_one_is() {
        use EventKind::{ReportHidden, ReportPublished};
        let twice = [ReportHidden, ReportPublished, ReportHidden];
        assert_eq!(chosen(&twice).expect("two"), [ReportPublished, ReportHidden]);
        assert!(chosen(&[]).is_err());
    }

    #[test]
    fn of_an_address_only_the_server_is_named() {
        assert_eq!(server("https://works.example.org:8443/in?token=secret"), "works.example.org");
    }
}
