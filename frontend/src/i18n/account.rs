//! Words of signing in, links from mails, and one's own pages.

use super::texts;

texts! {
    /// Signing in and one's own account.
    Account {
        sign_in_title = "Sign in",
        my_reports_title = "My reports",
        account_title = "Your account",
        confirm_title = "Confirming",
        confirm_working = "Confirming your link…",
        confirm_report_title = "Thank you. Your report is published",
        confirm_report_text = "It is on its way to those responsible. You get an e-mail when something changes.",
        confirm_update_title = "Thank you. Your update is published",
        confirm_update_text = "Everybody who follows the report gets an e-mail.",
        confirm_follow_title = "You follow this report",
        confirm_follow_text = "You get an e-mail when something changes.",
        confirm_open = "Go to the report",
        confirm_failed = "This could not be confirmed",
        confirm_expired = "The link was used already, or is too old. If you opened it before, everything is fine: your report is published.",
        no_token = "This page is opened by a link in one of our e-mails. Please open the whole link, or copy all of it.",
        unsubscribe_title = "Unsubscribe",
        unsubscribe_text = "You get no more e-mails about this after you press the button.",
        unsubscribe_button = "Unsubscribe",
        unsubscribe_done_title = "You are unsubscribed",
        unsubscribe_done = "You get no more e-mails about this.",
    }
}
