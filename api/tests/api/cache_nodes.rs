//! What becomes of the cache when memcached is lost, hangs, is full, or says nonsense.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use mendmap::cache::Kind;
use tokio::time::sleep;

use crate::cache::{At, ask, process, process_of};
use crate::memcached::Memcached;

/// Longer than a node that is down is left alone.
const PAUSE_IS_OVER: Duration = Duration::from_millis(2300);

/// A node that hangs up on everybody, and counts them.
fn wreck(port: u16) -> Arc<AtomicUsize> {
    let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let callers = Arc::new(AtomicUsize::new(0));
    let counted = callers.clone();
    std::thread::spawn(move || {
        for _ in listener.incoming() {
            counted.fetch_add(1, Ordering::SeqCst);
        }
    });
    callers
}

#[actix_web::test]
async fn a_node_that_is_lost_is_left_alone_and_one_that_comes_back_is_used_again() {
    let memcached = Memcached::start();
    let cache = process(0, &[&memcached]);
    assert_eq!(ask(&cache, "before", "made").await, "made");
    memcached.has_taken(1).await;
    let callers = wreck(memcached.kill());
    let tile = |number: usize| (format!("tile {number}"), format!("body {number}"));
    for number in 0..300 {
        let (key, body) = tile(number);
        assert_eq!(ask(&cache, &key, &body).await, body);
    }
    assert!((1..=4).contains(&callers.load(Ordering::SeqCst)), "{callers:?} of 300 went to a node that is lost");
    sleep(PAUSE_IS_OVER).await;
    let before = callers.load(Ordering::SeqCst);
    for number in 0..300 {
        let (key, body) = tile(number);
        assert_eq!(ask(&cache, &key, &body).await, body);
    }
    sleep(Duration::from_millis(100)).await;
    assert_eq!(callers.load(Ordering::SeqCst) - before, 1, "it is tried once a pause");
}

#[actix_web::test]
async fn a_node_that_comes_back_is_used_again() {
    let memcached = Memcached::start();
    let cache = process(0, &[&memcached]);
    ask(&cache, "before", "made").await;
    memcached.has_taken(1).await;
    let port = memcached.kill();
    for number in 0..20 {
        ask(&cache, &format!("meanwhile {number}"), "made").await;
    }
    let memcached = Memcached::start_on(port);
    let deadline = Instant::now() + Duration::from_secs(10);
    while memcached.values_taken() == 0 {
        assert!(Instant::now() < deadline, "it is not used again");
        assert_eq!(ask(&cache, &format!("after {}", rand::random::<u64>()), "made").await, "made");
        sleep(Duration::from_millis(20)).await;
    }
    ask(&cache, "shared again", "by one").await;
    sleep(Duration::from_millis(100)).await;
    assert_eq!(ask(&process(0, &[&memcached]), "shared again", "by another").await, "by one");
}

#[actix_web::test]
async fn a_node_that_was_never_there_is_a_miss_until_it_comes() {
    let port = Memcached::start().kill();
    let cache = process_of("a site", 0, vec![format!("127.0.0.1:{port}"), "no.such.host.invalid:11211".to_owned()]);
    for number in 0..100 {
        assert_eq!(ask(&cache, &number.to_string(), "made").await, "made");
    }
    let memcached = Memcached::start_on(port);
    let deadline = Instant::now() + Duration::from_secs(10);
    while memcached.values_taken() == 0 {
        assert!(Instant::now() < deadline, "it is not used");
        ask(&cache, &format!("after {}", rand::random::<u64>()), "made").await;
        sleep(Duration::from_millis(20)).await;
    }
}

#[actix_web::test]
async fn a_node_that_hangs_costs_no_more_than_a_few_short_waits() {
    let memcached = Memcached::start();
    let cache = process(0, &[&memcached]);
    ask(&cache, "before", "made").await;
    memcached.freeze();
    let mut waits = 0;
    for number in 0..200 {
        let (asked, body) = (Instant::now(), format!("body {number}"));
        assert_eq!(ask(&cache, &format!("tile {number}"), &body).await, body);
        waits += usize::from(asked.elapsed() > Duration::from_millis(40));
    }
    // Three, and what a busy machine adds.
    assert!(waits <= 10, "{waits} of 200 waited");
    memcached.thaw();
}

#[actix_web::test]
async fn what_a_node_kept_while_it_stood_still_is_not_shown_when_it_goes_on() {
    let memcached = Memcached::start();
    let cache = process(0, &[&memcached]);
    for number in 0..20 {
        ask(&cache, &number.to_string(), "before").await;
    }
    memcached.has_taken(20).await;
    memcached.freeze();
    sleep(Duration::from_millis(2500)).await;
    let other = process(0, &[&memcached]);
    memcached.thaw();
    for number in 0..20 {
        assert_eq!(ask(&other, &number.to_string(), "after").await, "after");
    }
}

#[actix_web::test]
async fn a_node_lost_of_two_leaves_its_keys_to_the_other_whose_own_stay() {
    let (one, two) = (Memcached::start(), Memcached::start());
    let (first, second) = (process(0, &[&one, &two]), process(0, &[&two, &one]));
    for number in 0..40 {
        ask(&first, &number.to_string(), "by the first").await;
    }
    let deadline = Instant::now() + Duration::from_secs(5);
    while one.values_taken() + two.values_taken() < 40 && Instant::now() < deadline {
        sleep(Duration::from_millis(5)).await;
    }
    for number in 0..40 {
        let answer = ask(&second, &number.to_string(), "by the second").await;
        assert_eq!(answer, "by the first", "the order in which they are named does not matter");
    }
    let stayed = one.values_taken();
    assert!((5..=35).contains(&stayed), "{stayed} of 40 keys are on the first node");
    two.kill();
    let mut again = 0;
    while one.values_taken() == stayed {
        again += 1;
        assert!(again < 100, "the other does not take over");
        ask(&first, &format!("again {again}"), "made").await;
        ask(&second, &format!("again {again}"), "made").await;
        sleep(Duration::from_millis(5)).await;
    }
    // Now both know: what one makes the other finds, all on the node that is left.
    for number in 0..40 {
        ask(&first, &format!("later {number}"), "by the first").await;
    }
    sleep(Duration::from_millis(200)).await;
    let mut shared = 0;
    for number in 0..40 {
        shared += usize::from(ask(&second, &format!("later {number}"), "by the second").await == "by the first");
    }
    assert!(shared >= 36, "{shared} of 40 were shared");
}

#[actix_web::test]
async fn a_node_without_room_loses_answers_and_says_nothing_wrong() {
    // One that throws old answers away, and one that refuses large ones too.
    for options in [&["-m", "2"][..], &["-m", "1", "-I", "512k"][..]] {
        let memcached = Memcached::start_with(options);
        let (one, other) = (process(0, &[&memcached]), process(0, &[&memcached]));
        // The last one is larger than any memcached is given.
        for (number, length) in [300, 20_000, 200_000, 700_000, 900_000, 1_200_000].repeat(8).into_iter().enumerate() {
            let body = format!("{number} ").repeat(length / 3);
            assert_eq!(ask(&one, &format!("tile {number}"), &body).await, body);
            assert_eq!(ask(&other, &format!("tile {number}"), &body).await, body);
        }
        sleep(Duration::from_millis(200)).await;
        ask(&one, "small", "by one").await;
        sleep(Duration::from_millis(200)).await;
        assert_eq!(ask(&other, "small", "by the other").await, "by one", "it is used where it has room: {options:?}");
    }
}

#[actix_web::test]
async fn garbage_under_our_key_is_a_miss() {
    let memcached = Memcached::start();
    let cache = process(0, &[&memcached]);
    ask(&cache, "other", "of the other key").await;
    memcached.has_taken(1).await;
    let other = memcached.names().remove(0);
    ask(&cache, "tile", "of this key").await;
    memcached.has_taken(2).await;
    let name = memcached.names().into_iter().find(|name| *name != other).unwrap();
    let (of_other, own) = (memcached.read(&other), memcached.read(&name));
    let cut = own[..own.len() / 4].to_vec();
    let mut of_another_version = own.clone();
    of_another_version[0] += 1;
    for garbage in [Vec::new(), b"garbage".to_vec(), vec![0; 5000], vec![255; 500], of_other, cut, of_another_version] {
        memcached.overwrite(&name, &garbage);
        let kept = cache.get_or_make(&At("tile"), Kind::Json, async || Ok(b"made".to_vec())).await.unwrap().0;
        assert_eq!(&kept.body()[..], b"made", "{garbage:?}");
        sleep(Duration::from_millis(50)).await;
    }
}
