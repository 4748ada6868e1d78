//! A letter: what it says, once, rendered as plain text and as HTML.

use anyhow::Context as _;
use askama::Template;
use lettre::Message;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use uuid::Uuid;

use super::Post;

/// A piece of a letter.
pub enum Block {
    /// A paragraph.
    Text(String),
    /// Somebody's words.
    Quote(String),
    /// Labels and values.
    Facts(Vec<(String, String)>),
    /// A link on a line of its own.
    Link(String, String),
}

/// A letter before it is rendered.
pub struct Letter {
    /// Stays the same over all attempts; becomes the Message-ID.
    pub id: Uuid,
    /// To whom.
    pub to: String,
    /// Whom an answer goes to, where that is not the sender.
    pub reply_to: Option<String>,
    /// Subject.
    pub subject: String,
    /// First line.
    pub greeting: String,
    /// The rest.
    pub blocks: Vec<Block>,
    /// Addresses that end these mails: for people, and for one-click (RFC 8058).
    pub unsubscribe: Option<Unsubscribe>,
}

/// How a kind of mail is ended.
pub struct Unsubscribe {
    /// Page for people.
    pub page: String,
    /// Address mail programs post to.
    pub one_click: String,
}

/// A letter ready to leave.
pub struct SealedLetter {
    /// Number in its Message-ID.
    pub id: Uuid,
    /// The message.
    pub message: Message,
}

#[derive(Template)]
#[template(path = "letter.txt", escape = "none")]
struct Plain<'a> {
    brand: &'a str,
    base_url: &'a str,
    greeting: &'a str,
    blocks: &'a [Block],
    unsubscribe: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "letter.html")]
struct Html<'a> {
    subject: &'a str,
    brand: &'a str,
    base_url: &'a str,
    greeting: &'a str,
    blocks: &'a [Block],
    unsubscribe: Option<&'a str>,
}

impl Letter {
    /// Renders the letter and puts the headers on.
    ///
    /// # Errors
    /// When an address cannot be used or a template fails.
    pub fn seal(&self, post: &Post) -> anyhow::Result<SealedLetter> {
        let (brand, base_url, greeting, blocks) = (&*post.brand, &*post.base_url, &*self.greeting, &*self.blocks);
        let unsubscribe = self.unsubscribe.as_ref().map(|unsubscribe| &*unsubscribe.page);
        let plain = Plain { brand, base_url, greeting, blocks, unsubscribe }.render()?;
        let html = Html { subject: &self.subject, brand, base_url, greeting, blocks, unsubscribe }.render()?;
        let domain = post.from.email.domain();
        let mut builder = Message::builder()
            .message_id(Some(format!("<{}@{domain}>", self.id)))
            .from(post.from.clone())
            .to(Mailbox::new(None, self.to.parse().context("the receiver's address cannot be used")?))
            .subject(&self.subject);
        if let Some(reply_to) = self.reply_to.as_ref().and_then(|address| address.parse().ok()) {
            builder = builder.reply_to(Mailbox::new(None, reply_to));
        }
        let mut message = builder.multipart(MultiPart::alternative_plain_html(plain, html))?;
        let mut header = |name: &'static str, value: String| {
            message.headers_mut().insert_raw(HeaderValue::new(HeaderName::new_from_ascii_str(name), value));
        };
        // Vacation programs answer people, not us (RFC 3834).
        header("Auto-Submitted", "auto-generated".into());
        if let Some(unsubscribe) = &self.unsubscribe {
            header("List-Unsubscribe", format!("<{}>", unsubscribe.one_click));
            header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".into());
        }
        Ok(SealedLetter { id: self.id, message })
    }
}
