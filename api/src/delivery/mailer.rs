//! How mail leaves: by SMTP, or as files where no server is configured.

use std::fs;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use lettre::transport::smtp::authentication::Credentials;
use lettre::{SmtpTransport, Transport as _};

use super::letter::SealedLetter;
use crate::config::{MailConfig, StorageConfig};
use crate::telemetry::metrics::METRICS;
use crate::telemetry::trace;

/// How long one SMTP exchange may take.
const SMTP_TIMEOUT: Duration = Duration::from_secs(20);

/// Where letters go.
pub enum Mailer {
    /// A mail server.
    Smtp(Box<SmtpTransport>),
    /// A folder of `.eml` files, named by Message-ID.
    Files(PathBuf),
}

impl Mailer {
    /// As configured.
    ///
    /// # Errors
    /// When the server's address cannot be used, or the folder cannot be made.
    pub fn open(mail: &MailConfig, storage: &StorageConfig) -> anyhow::Result<Self> {
        if let Some(url) = &mail.smtp_url {
            let mut transport = SmtpTransport::from_url(url.expose()).context("SMTP_URL cannot be used")?;
            let has_user = url::Url::parse(url.expose()).is_ok_and(|url| !url.username().is_empty());
            if let Some((user, password)) = mail.smtp_user.as_ref().filter(|_| !has_user) {
                transport = transport.credentials(Credentials::new(user.clone(), password.expose().to_owned()));
            }
            return Ok(Self::Smtp(Box::new(transport.timeout(Some(SMTP_TIMEOUT)).build())));
        }
        let folder = storage.data_dir.join("outbox");
        // The mails hold links that sign in: nobody else on the machine may read them.
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder)
            .with_context(|| format!("{} cannot be made", folder.display()))?;
        Ok(Self::Files(folder))
    }

    /// Sends one letter. Sending the same letter again carries the same Message-ID, and overwrites the same file.
    ///
    /// # Errors
    /// What the mail server said, without addresses of ours.
    pub fn send(&self, letter: &SealedLetter) -> anyhow::Result<()> {
        let span = trace::mail();
        let mut outcome = "sent";
        let result = span.in_scope(|| self.hand_over(letter, &mut outcome));
        if result.is_err() {
            trace::failed(&span);
        }
        span.record("mail.outcome", outcome);
        METRICS.mailed(outcome);
        result
    }

    fn hand_over(&self, letter: &SealedLetter, outcome: &mut &'static str) -> anyhow::Result<()> {
        match self {
            Self::Smtp(transport) => {
                transport.send(&letter.message).map_err(|error| {
                    let kind;
                    (*outcome, kind) = if error.is_permanent() {
                        ("refused", "the mail server refused it")
                    } else if error.is_timeout() {
                        ("timeout", "the mail server did not answer in time")
                    } else {
                        ("failed", "the mail server could not take it now")
                    };
                    match error.status() {
                        Some(status) => anyhow::anyhow!("{kind} (code {status})"),
                        None => anyhow::anyhow!("{kind}"),
                    }
                })?;
            }
            Self::Files(folder) => {
                *outcome = "failed";
                let unfinished = folder.join(format!(".{}.part", letter.id));
                fs::write(&unfinished, letter.message.formatted()).context("the mail cannot be written")?;
                fs::rename(&unfinished, folder.join(format!("{}.eml", letter.id)))
                    .context("the mail cannot be written")?;
                *outcome = "sent";
            }
        }
        Ok(())
    }
}
