//! Records of real towns: files of reports with their categories and times, read for what is typical of them.

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use chrono::{Datelike as _, NaiveDate, NaiveDateTime, Timelike as _};
use flate2::read::MultiGzDecoder;
use mendmap_shared::workflow::Status;
use serde::Deserialize;

use super::pattern::{Ending, OTHER, Observed};

/// Categories of a town's 311 service by type of request; a reason stands for all its types that are not named. Whatever
/// is not here is something else.
const OF_311: &[(&str, &str)] = &[
    ("Pothole", "potholes"),
    ("Pothole Repair (Internal)", "potholes"),
    ("Roadway Repair", "potholes"),
    ("Highway Maintenance", "potholes"),
    ("Utility Casting Repair", "potholes"),
    ("Sidewalk Repair", "pavements"),
    ("Sidewalk Repair (Internal)", "pavements"),
    ("Sidewalk Repair (Make Safe)", "pavements"),
    ("Street Lights", "street-lights"),
    ("CE Collection", "fly-tipping"),
    ("Illegal Dumping", "fly-tipping"),
    ("Improper Storage of Trash (Barrels)", "fly-tipping"),
    ("Empty Litter Basket", "fly-tipping"),
    ("Environmental Services", "fly-tipping"),
    ("Sanitation", "fly-tipping"),
    ("Graffiti", "graffiti"),
    ("PWD Graffiti", "graffiti"),
    ("Signs & Signals", "signs"),
    ("Traffic Management & Engineering", "signs"),
    ("Pavement Marking Maintenance", "signs"),
    ("Pavement Marking Inspection", "signs"),
    ("Catchbasin", "drains"),
    ("Water Issues", "drains"),
    ("Fire Hydrant", "drains"),
    ("Trees", "trees"),
    ("Ground Maintenance", "trees"),
];

/// Categories of Zürich. Where one is two of ours, each gets half.
const OF_ZURICH: &[(&str, &[&str])] = &[
    ("Strasse/Trottoir/Platz", &["potholes", "pavements"]),
    ("Beleuchtung/Uhren", &["street-lights"]),
    ("Abfall/Sammelstelle", &["fly-tipping"]),
    ("Graffiti", &["graffiti"]),
    ("Signalisation/Lichtsignal", &["signs"]),
    ("Brunnen/Hydranten", &["drains"]),
    ("Grünflächen/Spielplätze", &["trees"]),
];

/// What a case was closed as, by words in the reason; without any of them it was put right.
const CLOSURES: &[(&str, Status)] = &[
    ("Duplicate of", Status::Duplicate),
    ("Case Noted", Status::NoFurtherAction),
    ("Case Invalid", Status::Closed),
    ("Internal Case", Status::InternalReferral),
    ("Refer", Status::NotResponsible),
];

#[derive(Deserialize)]
struct Request {
    opened: String,
    closed: String,
    reason: String,
    #[serde(rename = "type")]
    kind: String,
    closure_reason: String,
}

#[derive(Deserialize)]
struct Note {
    date: String,
    category_de: String,
}

/// Reads the records among these files, known by their names: `*_311_*.csv`, gzipped or not, and `zurich_*.csv`.
///
/// # Errors
/// When one cannot be read. Single odd rows are passed over.
pub fn read(files: &[PathBuf]) -> anyhow::Result<Observed> {
    let mut observed = Observed::default();
    for path in files {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let told = || format!("{} cannot be read", path.display());
        if name.contains("_311_") && (name.ends_with(".csv") || name.ends_with(".csv.gz")) {
            requests(open(path).with_context(told)?, &mut observed).with_context(told)?;
        } else if name.starts_with("zurich_") && name.ends_with(".csv") {
            notes(open(path).with_context(told)?, &mut observed).with_context(told)?;
        }
    }
    Ok(observed)
}

fn open(path: &Path) -> std::io::Result<Box<dyn Read>> {
    let file = std::io::BufReader::new(std::fs::File::open(path)?);
    let packed = path.extension().is_some_and(|ending| ending == "gz");
    Ok(if packed { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) })
}

fn requests(file: impl Read, observed: &mut Observed) -> Result<(), csv::Error> {
    for row in csv::Reader::from_reader(file).deserialize::<Request>() {
        let Request { opened, closed, reason, kind, closure_reason } = row?;
        let Some(opened) = moment(&opened) else { continue };
        let find = |wanted: &str| OF_311.iter().find(|(known, _)| *known == wanted);
        let category = find(&kind).or_else(|| find(&reason)).map_or(OTHER, |(_, code)| code);
        count(observed, category, opened.date(), 1.0);
        observed.hours[opened.hour() as usize] += 1.0;
        let ending = moment(&closed).map(|closed| {
            let status = CLOSURES.iter().find(|(words, _)| closure_reason.contains(words));
            Ending {
                seconds: u32::try_from((closed - opened).num_seconds()).unwrap_or(0),
                status: status.map_or(Status::Fixed, |(_, status)| *status),
            }
        });
        observed.endings.entry(category).or_default().push(ending);
    }
    Ok(())
}

fn notes(file: impl Read, observed: &mut Observed) -> Result<(), csv::Error> {
    for row in csv::Reader::from_reader(file).deserialize::<Note>() {
        let Note { date, category_de } = row?;
        let Ok(day) = date.parse::<NaiveDate>() else { continue };
        let found = OF_ZURICH.iter().find(|(known, _)| *known == category_de);
        let codes = found.map_or([OTHER].as_slice(), |(_, codes)| codes);
        for code in codes {
            count(observed, code, day, 1.0 / codes.len() as f64);
        }
    }
    Ok(())
}

fn moment(text: &str) -> Option<NaiveDateTime> {
    text.parse().ok()
}

fn count(observed: &mut Observed, category: &'static str, day: NaiveDate, number: f64) {
    *observed.counts.entry(category).or_default() += number;
    observed.months[day.month0() as usize] += number;
    observed.weekdays[day.weekday().num_days_from_monday() as usize] += number;
}

#[cfg(test)]
mod tests {
    use super::*;
    use mendmap_shared::standard_categories::standard_categories;

    #[test]
    fn every_category_of_a_town_is_one_of_ours() {
        let ours: Vec<_> = standard_categories().iter().map(|known| known.code).collect();
        let theirs = OF_311.iter().map(|(_, code)| code).chain(OF_ZURICH.iter().flat_map(|(_, codes)| *codes));
        assert!(theirs.clone().all(|code| ours.contains(code)));
        assert!(ours.iter().all(|code| *code == OTHER || theirs.clone().any(|known| known == code)));
    }

    #[test]
    fn times_and_categories_are_read_and_odd_rows_passed_over() {
        let mut observed = Observed::default();
        let file = "opened,closed,reason,type,closure_reason\n\
            2015-01-01T10:00:00,2015-01-02T10:00:00,Street Lights,Anything,Case Closed Duplicate of Existing Case\n\
            2015-07-06T11:30:00,,Highway Maintenance,PWD Graffiti,\n\
            soon,,Graffiti,Graffiti Removal,\n";
        requests(file.as_bytes(), &mut observed).expect("read");
        notes("date,category_de\n2016-02-02,Strasse/Trottoir/Platz\n,Graffiti\n".as_bytes(), &mut observed)
            .expect("read");
        let counted: Vec<_> = observed.counts.iter().map(|(code, count)| (*code, *count)).collect();
        assert_eq!(counted, [("graffiti", 1.0), ("pavements", 0.5), ("potholes", 0.5), ("street-lights", 1.0)]);
        assert_eq!(observed.endings["street-lights"], [Some(Ending { seconds: 86_400, status: Status::Duplicate })]);
        assert_eq!(observed.endings["graffiti"], [None]);
        assert_eq!((observed.months[0], observed.months[6], observed.hours[11]), (1.0, 1.0, 1.0));
    }
}
