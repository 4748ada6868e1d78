//! What is kept for a moment, in one process and in two that share a real memcached: each cache here is a process.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use mendmap::cache::{Cache, Kept, Key, Kind, LOCAL, OLDEST, SHARED};
use mendmap::config::CacheConfig;
use mendmap::error::{ApiError, ApiResult};
use mendmap_shared::error::ErrorCode;
use tokio::time::sleep;

use crate::memcached::Memcached;

pub struct At<T>(pub T);

impl<T: std::fmt::Display + Send + Sync> Key for At<T> {
    fn text(&self) -> String {
        self.0.to_string()
    }
}

/// A process of a site, with so many megabytes of its own and these nodes.
pub fn process(megabytes: u64, nodes: &[&Memcached]) -> Arc<Cache> {
    process_of("a site", megabytes, nodes.iter().map(|node| node.address()).collect())
}

pub fn process_of(site: &str, megabytes: u64, memcached: Vec<String>) -> Arc<Cache> {
    Arc::new(Cache::open(&CacheConfig { memcached, megabytes, endpoint: None }, site).unwrap())
}

/// Asks for the answer of this key, which is made of `body` where it has to be made.
pub async fn ask(cache: &Cache, key: &str, body: &str) -> String {
    let kept = cache.get_or_make(&At(key), Kind::Json, async || Ok(body.as_bytes().to_vec())).await.unwrap().0;
    text(&kept)
}

fn text(kept: &Kept) -> String {
    String::from_utf8(kept.body().to_vec()).unwrap()
}

/// Lets so many ask for a key at once; returns their answers, and how often one was made.
async fn ask_at_once(
    cache: &Arc<Cache>,
    key: &'static str,
    count: usize,
    make: impl Fn() -> ApiResult<Vec<u8>> + Clone + 'static,
) -> (Vec<ApiResult<Arc<Kept>>>, usize) {
    let made = Arc::new(AtomicUsize::new(0));
    let asked: Vec<_> = (0..count)
        .map(|_| {
            let (cache, made, make) = (cache.clone(), made.clone(), make.clone());
            actix_web::rt::spawn(async move {
                let make = async || {
                    made.fetch_add(1, Ordering::SeqCst);
                    sleep(Duration::from_millis(100)).await;
                    make()
                };
                cache.get_or_make(&At(key), Kind::Json, make).await.map(|(kept, _)| kept)
            })
        })
        .collect();
    let mut answers = Vec::new();
    for one in asked {
        answers.push(one.await.unwrap());
    }
    (answers, made.load(Ordering::SeqCst))
}

#[actix_web::test]
async fn a_hundred_who_ask_at_once_get_one_answer_that_is_made_once() {
    let memcached = Memcached::start();
    for (key, cache) in [
        ("in the process", process(32, &[])),
        ("nowhere", process(0, &[])),
        ("in both", process(32, &[&memcached])),
        ("in memcached", process(0, &[&memcached])),
    ] {
        let (answers, made) = ask_at_once(&cache, key, 100, || Ok(b"[]".to_vec())).await;
        assert!(answers.iter().all(|answer| text(answer.as_ref().unwrap()) == "[]"));
        assert_eq!(made, 1, "kept {key}");
    }
    assert_eq!(memcached.times_asked(), 2, "each process asks for one key once");
}

#[actix_web::test]
async fn an_error_is_given_to_all_who_waited_and_is_not_kept() {
    let memcached = Memcached::start();
    let cache = process(32, &[&memcached]);
    let fail = || Err(ApiError::unavailable(anyhow::anyhow!("the database is away")));
    let (answers, made) = ask_at_once(&cache, "one", 50, fail).await;
    assert_eq!(made, 1);
    for answer in answers {
        let error = answer.unwrap_err();
        assert_eq!(error.error_code(), ErrorCode::Unavailable);
        assert!(error.to_string().contains("the database is away"), "{error}");
    }
    assert_eq!(memcached.values_taken(), 0);
    assert_eq!(ask(&cache, "one", "right again").await, "right again");
}

#[actix_web::test]
async fn the_others_get_their_answer_when_the_one_who_makes_it_goes_away_or_panics() {
    let cache = process(32, &[]);
    for panics in [false, true] {
        let key = format!("panics: {panics}");
        let first = actix_web::rt::spawn({
            let (cache, key) = (cache.clone(), key.clone());
            async move {
                let make = async || -> ApiResult<Vec<u8>> {
                    sleep(Duration::from_millis(if panics { 100 } else { 60_000 })).await;
                    panic!("as a test may");
                };
                cache.get_or_make(&At(key), Kind::Json, make).await.map(|(kept, _)| kept)
            }
        });
        sleep(Duration::from_millis(20)).await;
        let others: Vec<_> = (0..20)
            .map(|_| {
                let (cache, key) = (cache.clone(), key.clone());
                actix_web::rt::spawn(async move { ask(&cache, &key, "by another").await })
            })
            .collect();
        sleep(Duration::from_millis(20)).await;
        if !panics {
            first.abort();
        }
        for other in others {
            let answer = tokio::time::timeout(Duration::from_secs(5), other).await.expect("it does not hang");
            assert_eq!(answer.unwrap(), "by another");
        }
        assert!(first.await.is_err());
    }
}

#[actix_web::test]
async fn an_answer_grows_old_in_the_process_that_made_it() {
    let cache = process(32, &[]);
    assert_eq!(ask(&cache, "tile", "before").await, "before");
    assert_eq!(ask(&cache, "tile", "after").await, "before");
    sleep(LOCAL + Duration::from_millis(50)).await;
    assert_eq!(ask(&cache, "tile", "after").await, "before");
    sleep(OLDEST - LOCAL).await;
    assert_eq!(ask(&cache, "tile", "after").await, "after");
}

#[actix_web::test]
async fn an_answer_stays_a_shorter_time_in_one_process_where_others_make_newer_ones() {
    let memcached = Memcached::start();
    let (one, other) = (process(32, &[&memcached]), process(0, &[&memcached]));
    assert_eq!(ask(&one, "tile", "before").await, "before");
    memcached.has_taken(1).await;
    sleep(SHARED + Duration::from_millis(50)).await;
    assert_eq!(ask(&other, "tile", "after").await, "after");
    assert_eq!(ask(&one, "tile", "after").await, "after");
}

#[actix_web::test]
async fn without_memory_of_its_own_a_process_keeps_nothing() {
    let cache = process(0, &[]);
    for body in ["one", "two", "three"] {
        assert_eq!(ask(&cache, "tile", body).await, body);
    }
    assert_eq!(cache.local_bytes(), 0);
}

#[actix_web::test]
async fn who_comes_late_is_not_given_what_was_begun_long_before() {
    let cache = process(32, &[]);
    let slow = actix_web::rt::spawn({
        let cache = cache.clone();
        async move {
            let make = async || {
                sleep(OLDEST + Duration::from_millis(600)).await;
                Ok(b"begun long before".to_vec())
            };
            text(&cache.get_or_make(&At("tile"), Kind::Json, make).await.unwrap().0)
        }
    });
    sleep(OLDEST + Duration::from_millis(200)).await;
    assert_eq!(ask(&cache, "tile", "as it is now").await, "as it is now");
    assert_eq!(slow.await.unwrap(), "begun long before");
    assert_eq!(ask(&cache, "tile", "later").await, "as it is now");
}

#[actix_web::test]
async fn a_process_keeps_no_more_bytes_than_it_was_given() {
    let cache = process(1, &[]);
    for number in 0..200 {
        // Noise, which no compression makes smaller.
        let body: Vec<u8> = (0..50_000).map(|_| rand::random()).collect();
        let make = async || Ok(body.clone());
        let kept = cache.get_or_make(&At(number), Kind::VectorTile, make).await.unwrap().0;
        assert_eq!(kept.body(), &body);
        assert!(cache.local_bytes() <= 1024 * 1024, "{} bytes after {number}", cache.local_bytes());
    }
    assert!(cache.local_bytes() > 500_000, "the bound is used");
}

#[actix_web::test]
async fn two_processes_share_what_one_of_them_has_made() {
    let memcached = Memcached::start();
    let (one, other) = (process(32, &[&memcached]), process(0, &[&memcached]));
    assert_eq!(ask(&one, "tile/14/8055/5453.json?status=open", "by one").await, "by one");
    memcached.has_taken(1).await;
    assert_eq!(ask(&other, "tile/14/8055/5453.json?status=open", "by the other").await, "by one");
    assert_eq!(ask(&other, "tile/14/8055/5453.json?status=all", "by the other").await, "by the other");
    sleep(SHARED + Duration::from_millis(200)).await;
    assert_eq!(ask(&other, "tile/14/8055/5453.json?status=open", "later").await, "later");
}

#[actix_web::test]
async fn an_empty_answer_is_shared_as_well() {
    let memcached = Memcached::start();
    assert_eq!(ask(&process(32, &[&memcached]), "the sea", "").await, "");
    memcached.has_taken(1).await;
    assert_eq!(ask(&process(32, &[&memcached]), "the sea", "an island").await, "");
}

#[actix_web::test]
async fn two_sites_on_one_memcached_do_not_meet() {
    let memcached = Memcached::start();
    ask(&process(32, &[&memcached]), "tile", "of the first").await;
    memcached.has_taken(1).await;
    let second = process_of("another site", 32, vec![memcached.address()]);
    assert_eq!(ask(&second, "tile", "of the second").await, "of the second");
}

#[actix_web::test]
async fn keys_of_any_length_and_any_characters_are_told_apart_by_both_levels() {
    let memcached = Memcached::start();
    let keys: Vec<String> = ["", " ", "a b", "a\r\nflush_all", "a\0", "ä", "🕳", "x"]
        .into_iter()
        .map(str::to_owned)
        .chain(["x".repeat(250), "x".repeat(251), "x".repeat(100_000), "x".repeat(100_001)])
        .collect();
    let (one, other) = (process(32, &[&memcached]), process(32, &[&memcached]));
    for (number, key) in keys.iter().enumerate() {
        assert_eq!(ask(&one, key, &number.to_string()).await, number.to_string());
    }
    memcached.has_taken(keys.len() as u64).await;
    for (number, key) in keys.iter().enumerate() {
        assert_eq!(ask(&other, key, "made again").await, number.to_string());
    }
    let kind = other.get_or_make(&At("x"), Kind::VectorTile, async || Ok(b"of another kind".to_vec())).await.unwrap().0;
    assert_eq!(text(&kind), "of another kind");
}

/// Changes what is true while four processes are asked all the time; the slowest of them shows it in time, and none of them
/// shows afterwards what was true before.
#[actix_web::test]
async fn a_change_shows_in_every_process_within_five_seconds_and_for_good_even_if_memcached_stands_still_between() {
    let memcached = Memcached::start();
    let truth = Arc::new(AtomicU64::new(1));
    let changed = Arc::new(std::sync::OnceLock::<Instant>::new());
    let asked: Vec<_> = [32, 32, 0, 0]
        .map(|megabytes| {
            let (cache, truth, changed) = (process(megabytes, &[&memcached]), truth.clone(), changed.clone());
            actix_web::rt::spawn(async move {
                let (started, mut last_old) = (Instant::now(), None);
                while started.elapsed() < Duration::from_secs(8) {
                    let make = async || Ok(truth.load(Ordering::SeqCst).to_string().into_bytes());
                    let asked_at = Instant::now();
                    let kept = cache.get_or_make(&At("tile"), Kind::Json, make).await.unwrap().0;
                    if text(&kept) == "1" {
                        last_old = changed.get().map(|changed| asked_at.saturating_duration_since(*changed));
                    }
                    sleep(Duration::from_millis(3)).await;
                }
                last_old
            })
        })
        .into();
    sleep(Duration::from_millis(1500)).await;
    truth.store(2, Ordering::SeqCst);
    changed.set(Instant::now()).unwrap();
    sleep(Duration::from_millis(100)).await;
    memcached.freeze();
    sleep(Duration::from_millis(3500)).await;
    memcached.thaw();
    for one in asked {
        let last_old = one.await.unwrap();
        assert!(last_old.is_none_or(|after| after <= OLDEST), "{last_old:?} after the change it was still not shown");
    }
}
