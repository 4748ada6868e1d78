//! What a message of Amazon SNS says, as documented under "Parsing Amazon SNS message formats" and "Amazon SNS notification
//! contents for Amazon SES".

use lettre::message::Mailbox;
use serde::Deserialize;
use url::Url;
use uuid::Uuid;

/// Why an address gets no mail any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// It does not exist, or never takes mail of ours.
    Bounced,
    /// The person told their mail provider that it was spam.
    Complained,
}

impl Reason {
    /// The word in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bounced => "bounced",
            Self::Complained => "complained",
        }
    }
}

/// What a message asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum Feedback {
    /// Nothing.
    Nothing,
    /// The messages come here once this address was visited.
    Subscribed {
        /// It belongs to SNS.
        confirm_at: Url,
    },
    /// These addresses are to get no mail any more.
    Refused {
        /// Why.
        reason: Reason,
        /// As they were written.
        addresses: Vec<String>,
        /// The letter that it is about, if that is told and did not arrive.
        letter: Option<Uuid>,
    },
}

/// What SNS sends.
#[derive(Debug, Deserialize)]
#[serde(tag = "Type", rename_all_fields = "PascalCase")]
enum Message {
    SubscriptionConfirmation {
        #[serde(rename = "SubscribeURL")]
        subscribe_url: String,
    },
    UnsubscribeConfirmation {},
    Notification {
        message: String,
    },
}

/// What SES has SNS tell; it says `notificationType` or, where it publishes events, `eventType`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Notice {
    bounce: Option<Bounce>,
    complaint: Option<Complaint>,
    #[serde(default)]
    mail: Mail,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bounce {
    bounce_type: String,
    bounced_recipients: Vec<Recipient>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Complaint {
    complained_recipients: Vec<Recipient>,
    complaint_feedback_type: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Recipient {
    email_address: String,
}

/// The headers are those that we sent it with, where SES is told to pass them on.
#[derive(Debug, Default, Deserialize)]
struct Mail {
    #[serde(default)]
    headers: Vec<Header>,
}

#[derive(Debug, Deserialize)]
struct Header {
    name: String,
    value: String,
}

/// Whether this is a message of SNS at all.
#[must_use]
pub fn is_message(text: &str) -> bool {
    serde_json::from_str::<Message>(text).is_ok()
}

/// Reads a message. What cannot be read asks for nothing.
#[must_use]
pub fn read(text: &str) -> Feedback {
    match serde_json::from_str(text) {
        Ok(Message::SubscriptionConfirmation { subscribe_url }) => {
            confirmation(&subscribe_url).map_or(Feedback::Nothing, |confirm_at| Feedback::Subscribed { confirm_at })
        }
        Ok(Message::Notification { message }) => serde_json::from_str(&message).map_or(Feedback::Nothing, told),
        Ok(Message::UnsubscribeConfirmation {}) | Err(_) => Feedback::Nothing,
    }
}

fn told(notice: Notice) -> Feedback {
    let letter = notice.mail.headers.iter().find(|header| header.name.eq_ignore_ascii_case("message-id"));
    let letter = letter.and_then(|header| header.value.trim_start_matches('<').split('@').next()?.parse().ok());
    let (reason, recipients, letter) = match (notice.bounce, notice.complaint) {
        // A full mailbox, or a server that is away, may take the next mail.
        (Some(bounce), _) if bounce.bounce_type == "Permanent" => (Reason::Bounced, bounce.bounced_recipients, letter),
        // Somebody took it out of the spam folder.
        (None, Some(complaint)) if complaint.complaint_feedback_type.as_deref() != Some("not-spam") => {
            (Reason::Complained, complaint.complained_recipients, None)
        }
        _ => return Feedback::Nothing,
    };
    let addresses = recipients.into_iter().map(|recipient| bare(recipient.email_address)).collect();
    Feedback::Refused { reason, addresses, letter }
}

/// An address without the name that may stand before it.
fn bare(address: String) -> String {
    address.parse::<Mailbox>().map_or(address, |mailbox| mailbox.email.to_string())
}

/// The address to visit, if it belongs to SNS: `https://sns.<region>.amazonaws.com/?Action=ConfirmSubscription…`. Anything else
/// would let whoever knows the secret have us call where they like.
fn confirmation(address: &str) -> Option<Url> {
    let url = Url::parse(address).ok()?;
    let region = url.host_str()?.strip_prefix("sns.")?.strip_suffix(".amazonaws.com")?;
    let is_region =
        !region.is_empty() && region.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    let plain =
        url.scheme() == "https" && url.port().is_none() && url.username().is_empty() && url.password().is_none();
    let confirms = url.query_pairs().any(|(name, value)| name == "Action" && value == "ConfirmSubscription");
    (is_region && plain && confirms && url.path() == "/").then_some(url)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn notification(message: &Value) -> Feedback {
        let told = json!({ "Type": "Notification", "MessageId": "m", "TopicArn": "t", "Message": message.to_string() });
        read(&told.to_string())
    }

    fn bounce(kind: &str) -> Value {
        json!({
            "notificationType": "Bounce",
            "bounce": { "bounceType": kind, "bounceSubType": "General", "bouncedRecipients": [
                { "emailAddress": "jane@example.com", "status": "5.1.1", "action": "failed" },
                { "emailAddress": "Richard <richard@example.com>" }] },
            "mail": { "messageId": "0100", "destination": ["jane@example.com"], "headers": [
                { "name": "From", "value": "x" },
                { "name": "Message-ID", "value": "<01890a5d-ac96-774b-bcce-b302099a8057@streets.example>" }] },
        })
    }

    #[test]
    fn whoever_bounces_for_good_gets_no_more_mail_and_the_letter_is_known() {
        let addresses = vec!["jane@example.com".to_owned(), "richard@example.com".to_owned()];
        let letter = Some("01890a5d-ac96-774b-bcce-b302099a8057".parse().expect("a number"));
        let refused = Feedback::Refused { reason: Reason::Bounced, addresses, letter };
        assert_eq!(notification(&bounce("Permanent")), refused);
        // As an event.
        let mut event = bounce("Permanent");
        event["eventType"] = event["notificationType"].take();
        assert_eq!(notification(&event), refused);
    }

    #[test]
    fn a_mailbox_that_is_full_today_gets_mail_tomorrow() {
        assert_eq!(notification(&bounce("Transient")), Feedback::Nothing);
        assert_eq!(notification(&bounce("Undetermined")), Feedback::Nothing);
    }

    #[test]
    fn whoever_complains_gets_no_more_mail_and_whoever_takes_it_back_does() {
        let complaint = |kind: &str| {
            json!({ "notificationType": "Complaint", "mail": {}, "complaint": {
                "complaintFeedbackType": kind, "complainedRecipients": [{ "emailAddress": "jane@example.com" }] } })
        };
        let addresses = vec!["jane@example.com".to_owned()];
        let refused = Feedback::Refused { reason: Reason::Complained, addresses, letter: None };
        assert_eq!(notification(&complaint("abuse")), refused);
        assert_eq!(notification(&complaint("not-spam")), Feedback::Nothing);
    }

    #[test]
    fn only_addresses_of_sns_are_visited() {
        let confirm = |url: &str| read(&json!({ "Type": "SubscriptionConfirmation", "SubscribeURL": url }).to_string());
        let query = "?Action=ConfirmSubscription&TopicArn=arn:aws:sns:eu-west-2:1:mail&Token=2336";
        let url = format!("https://sns.eu-west-2.amazonaws.com/{query}");
        assert_eq!(confirm(&url), Feedback::Subscribed { confirm_at: Url::parse(&url).expect("an address") });
        for host in [
            "http://sns.eu-west-2.amazonaws.com/",
            "https://sns.eu-west-2.amazonaws.com.evil.example/",
            "https://evil.example/sns.eu-west-2.amazonaws.com/",
            "https://sns.evil.example/",
            "https://sns..amazonaws.com/",
            "https://sns.bucket.s3.amazonaws.com/",
            "https://sns.eu-west-2.amazonaws.com:8443/",
            "https://me@sns.eu-west-2.amazonaws.com/",
            "https://sns.eu-west-2.amazonaws.com/path",
            "https://127.0.0.1/",
        ] {
            assert_eq!(confirm(&format!("{host}{query}")), Feedback::Nothing, "{host}");
        }
        assert_eq!(confirm("https://sns.eu-west-2.amazonaws.com/?Action=Publish"), Feedback::Nothing);
    }

    #[test]
    fn what_cannot_be_read_asks_for_nothing() {
        for text in [
            "",
            "{}",
            "[]",
            r#"{"Type":"Notification"}"#,
            r#"{"Type":"Notification","Message":"Successfully validated"}"#,
        ] {
            assert_eq!(read(text), Feedback::Nothing, "{text}");
        }
        assert!(!is_message("{}") && is_message(r#"{"Type":"Notification","Message":"hello"}"#));
        assert!(is_message(r#"{"Type":"UnsubscribeConfirmation","Message":"hello"}"#));
    }
}
