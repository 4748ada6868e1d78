//! Harm done on purpose, to show that each check of the ledger can fail.

use anyhow::Context as _;
use clap::ValueEnum;

use super::Scene;
use super::ledger::SeenBy;
use crate::process::wait;

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Sabotage {
    /// An acknowledged report is deleted.
    LoseReport,
    /// An acknowledged update is deleted.
    LoseUpdate,
    /// A photo's largest size is cut short.
    LosePhoto,
    /// A delivery that was made is taken back.
    LoseDelivery,
    /// A report is there twice.
    DoubleReport,
    /// A mail to a body goes out under another number.
    DoubleMail,
    /// A private report is published.
    ShowPrivate,
}

/// Does it.
///
/// # Errors
/// When there is nothing yet to harm.
pub fn commit(scene: &mut Scene, what: Sabotage) -> anyhow::Result<()> {
    let (report, private, update) = {
        let ledger = scene.residents.ledger();
        let whole = ledger.reports.iter().find(|one| one.seen_by == SeenBy::All && !one.photos.is_empty());
        let private = ledger.reports.iter().find(|one| one.seen_by == SeenBy::Body).map(|one| one.id);
        (whole.cloned().context("no report yet")?, private, ledger.updates.first().map(|(id, _)| *id))
    };
    let (id, writer) = (report.id, scene.twin.database.writer());
    match what {
        Sabotage::LoseReport => writer.run(&format!("DELETE FROM reports WHERE id = {id}"))?,
        Sabotage::LoseUpdate => {
            writer.run(&format!("DELETE FROM updates WHERE id = {}", update.context("no update yet")?))?;
        }
        Sabotage::LosePhoto => {
            let photo = report.photos.first().context("no photo")?;
            let folder = scene.twin.photos().join(&photo[..2]).join(&photo[2..4]);
            let file = std::fs::File::options().write(true).open(folder.join(format!("{photo}-full.jpg")))?;
            file.set_len(file.metadata()?.len() / 2)?;
        }
        Sabotage::LoseDelivery => {
            writer.run(&format!("UPDATE deliveries SET state = 'withheld' WHERE report_id = {id}"))?;
        }
        Sabotage::DoubleReport => writer.run(&format!(
            "INSERT INTO reports (location, title, detail, category_code, category_name, category_group, visibility) \
             SELECT location, title, detail, category_code, category_name, category_group, 'hidden' FROM reports WHERE id = {id}"
        ))?,
        Sabotage::DoubleMail => scene.twin.sink.forge("streets@south.example.org"),
        Sabotage::ShowPrivate => {
            let id = private.context("no private report yet")?;
            writer.run(&format!("UPDATE reports SET visibility = 'published' WHERE id = {id}"))?;
        }
    }
    scene.note(format!("sabotage: {what:?}"));
    // Somebody must come by and see it.
    wait(std::time::Duration::from_secs(8))
}
