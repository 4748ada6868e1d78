//! What could not be carried over, or not as it was: a file of kinds, numbers and reasons, and how many of each there are.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

macro_rules! reasons {
    ($($(#[$doc:meta])* $reason:ident = $code:literal, $words:literal;)+) => {
        /// Why something was left out, or not taken as it was.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Reason { $(#[doc = $words] $reason),+ }

        impl Reason {
            /// The word in the file.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$reason => $code),+ }
            }

            /// What people read, after a number.
            #[must_use]
            pub const fn words(self) -> &'static str {
                match self { $(Self::$reason => $words),+ }
            }

            pub(super) fn of(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$reason),)+ _ => None }
            }
        }
    };
}

reasons! {
    NoAddress = "no_address", "carried over with the address given by --body-email: no contact has one";
    Refuses = "refuses", "carried over but not offered: the body takes no reports of it";
    SeveralAddresses = "several_addresses", "carried over with the first of several mail addresses";
    ByOpen311 = "by_open311", "sent by Open311 there: `mendmap admin open311 set` with the body's server, or they go by mail";
    QuestionsNotReadable = "questions_not_readable", "carried over without extra questions that cannot be asked here";
    AreaNotMapped = "area_not_mapped", "not in the file of areas";
    AreaNotLoaded = "area_not_loaded", "named in the file of areas, and no such area is loaded";
    NoArea = "no_area", "carried over without an area: nothing can be reported to it yet";
    NoMail = "no_mail", "without a mail address anybody has confirmed: their names stand at their reports, they get an account when they sign in";
    RemovedThere = "removed_there", "removed there";
    AddressTaken = "address_taken", "keep their old mail address: the new one belongs to another account here";
    NoBody = "no_body", "superusers who work for no body: `mendmap admin user` gives rights";
    Unconfirmed = "unconfirmed", "never confirmed by their author";
    NoPlace = "no_place", "without a place on earth";
    UnknownState = "unknown_state", "in a state that means nothing here";
    OutsideAreas = "outside_areas", "carried over, outside every loaded area";
    UnknownBody = "unknown_body", "carried over without a body that is not in their database any more";
    UnknownCategory = "unknown_category", "carried over, of a category none of their bodies has";
    FutureTime = "future_time", "carried over with a time of now instead of one in the future";
    NoUser = "no_user", "carried over, by somebody who is not in their database";
    OldExtra = "old_extra", "carried over without extra answers, which are in a form before JSON";
    NotSent = "not_sent", "open and never sent to their body: nothing is sent from here either";
    DeletedHere = "deleted_here", "deleted here since they came";
    ChangedHere = "changed_here", "changed there and here since they came: what is here stays";
    GoneThere = "gone_there", "gone there since they came: they are still here";
    DuplicateUnknown = "duplicate_unknown", "duplicates of a report that is not here";
    ReportLeftOut = "report_left_out", "of reports that are not here";
    SaysNothing = "says_nothing", "that say nothing and change nothing";
    KindOfAlert = "kind_of_alert", "of a kind that does not exist here: areas, bodies, places";
    NoAccount = "no_account", "of people without an account here";
    FileMissing = "file_missing", "of which a picture file is not in the folder";
    NotAPicture = "not_a_picture", "of which a picture cannot be read";
    NoFolder = "no_folder", "with photos, and no folder of them was given (--photos)";
}

/// The file, while it is written.
#[derive(Debug)]
pub struct LeftOut {
    file: csv::Writer<File>,
    counts: BTreeMap<(&'static str, Reason), u64>,
}

impl LeftOut {
    /// Begins the file anew.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn create(path: &Path) -> anyhow::Result<Self> {
        let mut file = csv::Writer::from_path(path)?;
        file.write_record(["kind", "id", "reason", "detail"])?;
        Ok(Self { file, counts: BTreeMap::new() })
    }

    /// Notes one: what it is, their number of it, why, and a word more, which is never anything personal.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn note(&mut self, kind: &'static str, id: i64, reason: Reason, detail: &str) -> anyhow::Result<()> {
        self.file.write_record([kind, &id.to_string(), reason.code(), detail])?;
        *self.counts.entry((kind, reason)).or_default() += 1;
        Ok(())
    }

    pub(super) fn finish(mut self) -> anyhow::Result<Vec<(&'static str, Reason, u64)>> {
        self.file.flush()?;
        Ok(self.counts.into_iter().map(|((kind, reason), count)| (kind, reason, count)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_names_each_and_the_counts_say_how_many() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("left-out.csv");
        let mut left_out = LeftOut::create(&path).expect("a file");
        for id in [3, 4] {
            left_out.note("report", id, Reason::NoPlace, "").expect("a line");
        }
        left_out.note("alert", 1, Reason::KindOfAlert, "local_problems").expect("a line");
        let counts = left_out.finish().expect("an end");
        assert_eq!(counts, [("alert", Reason::KindOfAlert, 1), ("report", Reason::NoPlace, 2)]);
        assert_eq!(
            std::fs::read_to_string(&path).expect("the file"),
            "kind,id,reason,detail\nreport,3,no_place,\nreport,4,no_place,\nalert,1,kind_of_alert,local_problems\n"
        );
        assert_eq!(Reason::of("no_place"), Some(Reason::NoPlace));
    }
}
