//! The demo's photos.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use rand::seq::IndexedRandom as _;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use crate::demo::pictures::{self, Subject};
use crate::demo::queries;
use crate::photos::rules::keep_sizes;
use crate::photos::store::PhotoStore;

/// The demo's photos, stored, by what they show.
#[derive(Debug, Default)]
pub struct Album {
    photos: Vec<StoredPhoto>,
}

#[derive(Debug, Clone, Serialize)]
struct StoredPhoto {
    #[serde(skip)]
    subject: Subject,
    id: String,
    width: u32,
    height: u32,
    created_at: DateTime<Utc>,
}

impl Album {
    /// Draws every picture and keeps it in the store, as if each had been uploaded. Takes a few seconds.
    ///
    /// # Errors
    /// When a picture cannot be encoded or the store cannot be written.
    pub fn draw(store: &PhotoStore, now: DateTime<Utc>) -> anyhow::Result<Self> {
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(pictures::COUNT);
        let one = |number: usize| -> anyhow::Result<StoredPhoto> {
            let (subject, picture) =
                pictures::subject(number).zip(pictures::draw(number)).context("there is no such picture")?;
            let photo =
                keep_sizes(&picture.into()).map_err(|code| anyhow::anyhow!("a drawn picture was refused: {code:?}"))?;
            store.put(&photo)?;
            let (width, height) = (photo.width, photo.height);
            Ok(StoredPhoto { subject, id: photo.id, width, height, created_at: now })
        };
        let shares: Vec<anyhow::Result<Vec<StoredPhoto>>> = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..threads)
                .map(|thread| scope.spawn(move || (thread..pictures::COUNT).step_by(threads).map(one).collect()))
                .collect();
            let lost = || Err(anyhow::anyhow!("a thread that draws pictures stopped"));
            workers.into_iter().map(|worker| worker.join().unwrap_or_else(|_| lost())).collect()
        });
        let mut photos = Vec::new();
        for share in shares {
            photos.extend(share?);
        }
        // In an order that does not depend on the number of threads.
        photos.sort_by(|a, b| (a.subject, &a.id).cmp(&(b.subject, &b.id)));
        Ok(Self { photos })
    }

    /// Notes the photos in the database, as ones that are used.
    ///
    /// # Errors
    /// From the database.
    pub(in crate::demo) fn write(&self, conn: &mut PgConnection) -> QueryResult<()> {
        queries::insert(conn, include_str!("../sql/insert_photos.sql"), &self.photos).map(drop)
    }

    /// The photos' names by what they show.
    pub(in crate::demo) fn by_subject(&self) -> BTreeMap<Subject, Vec<String>> {
        let mut subjects: BTreeMap<Subject, Vec<String>> = BTreeMap::new();
        for photo in &self.photos {
            subjects.entry(photo.subject).or_default().push(photo.id.clone());
        }
        subjects
    }

    /// Up to `count` different photos of a subject, by name.
    pub(super) fn of(&self, subject: Subject, count: usize, rng: &mut ChaCha8Rng) -> Vec<String> {
        let fitting: Vec<&StoredPhoto> = self.photos.iter().filter(|photo| photo.subject == subject).collect();
        fitting.choose_multiple(rng, count).map(|photo| photo.id.clone()).collect()
    }
}

/// The album that is to be, drawn when somebody first looks at it.
#[derive(Debug)]
pub struct Pictures<'s> {
    store: &'s PhotoStore,
    now: DateTime<Utc>,
    album: OnceCell<Album>,
}

impl<'s> Pictures<'s> {
    /// Where the photos will be kept.
    #[must_use]
    pub const fn new(store: &'s PhotoStore, now: DateTime<Utc>) -> Self {
        Self { store, now, album: OnceCell::new() }
    }

    /// The photos.
    ///
    /// # Errors
    /// See [`Album::draw`].
    pub fn album(&self) -> anyhow::Result<&Album> {
        if let Some(album) = self.album.get() {
            return Ok(album);
        }
        let album = Album::draw(self.store, self.now)?;
        Ok(self.album.get_or_init(|| album))
    }
}
