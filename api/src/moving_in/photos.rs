//! Pictures: read from their upload folder, decoded and written anew like every upload, so that no metadata comes along.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read as _;
use std::num::NonZero;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::ensure;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Integer, Text};
use serde::Serialize;
use uuid::Uuid;

use super::left_out::Reason;
use super::ours::Tally;
use super::rules::Pictures;
use super::theirs::{self, CommentPhotos, Paged, ProblemPhotos};
use super::{AT_ONCE, Move, ours, rules};
use crate::photos::rules::{pixels, process};
use crate::photos::store::PhotoStore;

/// Owners whose pictures are read between two commits: a minute's work or so.
const OWNERS_AT_ONCE: i64 = 50;
/// Pictures decoded at once, at most.
const THREADS: usize = 4;
/// Pixels above which a picture is decoded while no other such is: they take up to ten bytes each.
const LARGE: u64 = 12_000_000;

/// What carries pictures.
#[derive(Clone, Copy)]
enum Owner {
    Report,
    Update,
}

impl Owner {
    const fn word(self) -> &'static str {
        match self {
            Self::Report => "report",
            Self::Update => "update",
        }
    }

    const fn what(self) -> &'static str {
        match self {
            Self::Report => "photos of reports",
            Self::Update => "photos of updates",
        }
    }

    const fn their_table(self) -> &'static str {
        match self {
            Self::Report => "problem",
            Self::Update => "comment",
        }
    }
}

trait Column: Paged {
    fn photo(&self) -> &[u8];
}

impl Column for ProblemPhotos {
    fn photo(&self) -> &[u8] {
        &self.photo
    }
}

impl Column for CommentPhotos {
    fn photo(&self) -> &[u8] {
        &self.photo
    }
}

/// A stored picture.
#[derive(Debug, Clone, QueryableByName)]
struct Stored {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Integer)]
    width: i32,
    #[diesel(sql_type = Integer)]
    height: i32,
}

/// A picture to be read: from a file of the folder, or from the bytes themselves.
enum Source<'a> {
    File,
    Bytes(&'a [u8]),
    /// What stands there is no name of a file.
    Nowhere,
}

#[derive(Serialize)]
struct StagedPhotos {
    theirs: i64,
    seen: Uuid,
    ours: i64,
    names: Vec<String>,
    photo_ids: Vec<Option<String>>,
    widths: Vec<Option<i32>>,
    heights: Vec<Option<i32>>,
    whole: bool,
}

/// Carries over the pictures of reports and updates that are here.
///
/// # Errors
/// When the folder cannot be read, the photo store cannot be written, or from one of the databases.
pub fn photos(at: &mut Move<'_>, store: &PhotoStore, folder: &Path) -> anyhow::Result<()> {
    ensure!(folder.is_dir(), "--photos {} is no folder", folder.display());
    of::<ProblemPhotos>(at, store, folder, Owner::Report)?;
    of::<CommentPhotos>(at, store, folder, Owner::Update)
}

/// Counts what has pictures, where no folder of them is given.
///
/// # Errors
/// From their database.
pub fn not_asked_for(at: &mut Move<'_>) -> anyhow::Result<()> {
    for (owner, table) in [("report", "problem"), ("update", "comment")] {
        let statement = format!("SELECT id::bigint FROM {table} WHERE photo IS NOT NULL AND photo <> '' ORDER BY id");
        let rows: Vec<Id> = sql_query(statement).load(at.theirs)?;
        rows.iter().try_for_each(|row| at.left_out.note(owner, row.id, Reason::NoFolder, ""))?;
    }
    Ok(())
}

fn of<T: Column>(at: &mut Move<'_>, store: &PhotoStore, folder: &Path, owner: Owner) -> anyhow::Result<()> {
    let word = owner.word();
    let statements = include_str!("sql/apply_photos.sql").replace("{owner}", word);
    let owners = ours::numbers(at.ours, word)?;
    let mut tally = Tally::default();
    let mut after = 0;
    loop {
        let page: Vec<T> = theirs::page(at.theirs, after, OWNERS_AT_ONCE, &at.time_zone)?;
        let Some(last) = page.last() else { break };
        after = last.id();
        let columns: Vec<Read<'_>> = page
            .iter()
            .filter_map(|row| Some(Read::new(word, row.id(), *owners.get(&row.id())?, row.photo())))
            .collect();
        let stored = stored(at.ours, &columns)?;
        let (fresh, broken) = decode(&columns, &stored, store, folder)?;
        let mut rows = Vec::with_capacity(columns.len());
        for column in &columns {
            let parts: Vec<_> =
                column.pictures.iter().map(|(name, _)| stored.get(name).or_else(|| fresh.get(name))).collect();
            for (name, _) in &column.pictures {
                if let Some(reason) = broken.get(name) {
                    at.left_out.note(word, column.theirs, *reason, "")?;
                }
            }
            rows.push(StagedPhotos {
                theirs: column.theirs,
                seen: column.seen,
                ours: column.ours,
                names: column.pictures.iter().map(|(name, _)| name.clone()).collect(),
                whole: parts.iter().all(Option::is_some),
                photo_ids: parts.iter().map(|part| part.map(|part| part.id.clone())).collect(),
                widths: parts.iter().map(|part| part.map(|part| part.width)).collect(),
                heights: parts.iter().map(|part| part.map(|part| part.height)).collect(),
            });
        }
        let outcome = ours::apply(at.ours, "staged_photos", &rows, &statements)?;
        at.note_all(word, &outcome.words)?;
        tally.add(outcome.tally);
        (at.tell)(&format!("{} up to number {after}", owner.what()));
    }
    tally.changed += taken_back(at, owner)?;
    at.done(owner.what(), tally);
    Ok(())
}

/// A photo column with its pictures, each by the name it is remembered under.
struct Read<'a> {
    theirs: i64,
    ours: i64,
    seen: Uuid,
    pictures: Vec<(String, Source<'a>)>,
}

impl<'a> Read<'a> {
    fn new(owner: &str, theirs: i64, ours: i64, column: &'a [u8]) -> Self {
        let seen = Uuid::new_v5(&Uuid::nil(), column);
        let pictures = match rules::pictures(column) {
            Pictures::Files(names) => names
                .into_iter()
                .map(|name| match rules::file_name(name) {
                    Some(file) => (file, Source::File),
                    None => (name.to_owned(), Source::Nowhere),
                })
                .collect(),
            Pictures::Inside(bytes) => vec![(format!("{owner} {theirs} {seen}"), Source::Bytes(bytes))],
        };
        Self { theirs, ours, seen, pictures }
    }
}

/// The pictures that were decoded before, by their name.
fn stored(conn: &mut PgConnection, columns: &[Read<'_>]) -> QueryResult<HashMap<String, Stored>> {
    let names: Vec<&str> = columns.iter().flat_map(|column| &column.pictures).map(|(name, _)| name.as_str()).collect();
    let rows: Vec<Stored> = sql_query(
        "SELECT m.name, p.id, p.width, p.height FROM moved_photos m JOIN photos p ON p.id = m.photo_id WHERE m.name = ANY ($1)",
    )
    .bind::<Array<Text>, _>(names)
    .load(conn)?;
    Ok(rows.into_iter().map(|row| (row.name.clone(), row)).collect())
}

type Decoded = (HashMap<String, Stored>, HashMap<String, Reason>);

/// Decodes and stores the pictures that are not stored, on all cores; says of the others what is wrong with them.
fn decode(
    columns: &[Read<'_>],
    stored: &HashMap<String, Stored>,
    store: &PhotoStore,
    folder: &Path,
) -> anyhow::Result<Decoded> {
    let wanted: HashMap<&str, &Source<'_>> = columns
        .iter()
        .flat_map(|column| &column.pictures)
        .filter(|(name, _)| !stored.contains_key(name))
        .map(|(name, source)| (name.as_str(), source))
        .collect();
    let wanted: Vec<_> = wanted.into_iter().collect();
    let next = AtomicUsize::new(0);
    let large = Mutex::new(());
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(THREADS).min(wanted.len());
    let work = || -> anyhow::Result<Vec<(String, Result<Stored, Reason>)>> {
        let mut done = Vec::new();
        while let Some((name, source)) = wanted.get(next.fetch_add(1, Ordering::Relaxed)) {
            done.push(((*name).to_owned(), keep(name, source, store, folder, &large)?));
        }
        Ok(done)
    };
    let (mut fresh, mut broken) = (HashMap::new(), HashMap::new());
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        for worker in workers {
            let done = worker.join().map_err(|_| anyhow::anyhow!("a picture could not be decoded"))??;
            for (name, outcome) in done {
                match outcome {
                    Ok(picture) => drop(fresh.insert(name, picture)),
                    Err(reason) => drop(broken.insert(name, reason)),
                }
            }
        }
        Ok((fresh, broken))
    })
}

/// Decodes one picture and keeps it. What is wrong with it is the inner error; that it cannot be kept, the outer one.
fn keep(
    name: &str,
    source: &Source<'_>,
    store: &PhotoStore,
    folder: &Path,
    large: &Mutex<()>,
) -> anyhow::Result<Result<Stored, Reason>> {
    let read;
    let bytes = match source {
        Source::Bytes(bytes) => *bytes,
        Source::Nowhere => return Ok(Err(Reason::FileMissing)),
        Source::File => {
            let Ok(file) = File::open(folder.join(name)) else { return Ok(Err(Reason::FileMissing)) };
            let mut bytes = Vec::new();
            if file.take(rules::FILE_BYTES + 1).read_to_end(&mut bytes).is_err()
                || bytes.len() as u64 > rules::FILE_BYTES
            {
                return Ok(Err(Reason::NotAPicture));
            }
            read = bytes;
            read.as_slice()
        }
    };
    let picture = match pixels(bytes) {
        Ok(pixels) => {
            let _alone = (pixels > LARGE).then(|| large.lock());
            process(bytes)
        }
        Err(error) => Err(error),
    };
    let Ok(picture) = picture else { return Ok(Err(Reason::NotAPicture)) };
    store.put(&picture)?;
    let (width, height) = (picture.width.cast_signed(), picture.height.cast_signed());
    Ok(Ok(Stored { name: name.to_owned(), id: picture.id, width, height }))
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

/// Takes away the pictures of what has none there any more: somebody had a reason.
fn taken_back(at: &mut Move<'_>, owner: Owner) -> anyhow::Result<u64> {
    let (word, table) = (owner.word(), owner.their_table());
    let mut came: Vec<i64> = ours::numbers(at.ours, &format!("{word}_photos"))?.into_keys().collect();
    came.sort_unstable();
    let bare = format!(
        "SELECT id FROM unnest($1) AS came (id) WHERE NOT EXISTS (SELECT FROM {table} t WHERE t.id = came.id AND t.photo <> '')"
    );
    let statement = include_str!("sql/take_photos_back.sql").replace("{owner}", word);
    let mut taken = 0;
    for some in came.chunks(usize::try_from(AT_ONCE)?) {
        let rows: Vec<Id> = sql_query(&bare).bind::<Array<BigInt>, _>(some).load(at.theirs)?;
        let ids: Vec<i64> = rows.into_iter().map(|row| row.id).collect();
        if !ids.is_empty() {
            taken += sql_query(&statement).bind::<Array<BigInt>, _>(ids).execute(at.ours)? as u64;
        }
    }
    Ok(taken)
}
