//! Several processes answer alike, with memcached and without it.

use std::time::{Duration, Instant};

use mendmap_shared::geo::{LonLat, TileXyz};
use reqwest::StatusCode;

use crate::harness::TestApp;
use crate::memcached::Memcached;

/// The promise: what changed shows in every process's answers by then.
const PROMISED: Duration = Duration::from_secs(5);

async fn total(app: &TestApp, zoom: u8) -> i64 {
    let tile = TileXyz::containing(LonLat::new(-2.9977, 51.5842).expect("a place"), zoom).expect("a tile");
    let answer = app.get(&format!("/map/{}/{}/{}.json", tile.z(), tile.x(), tile.y())).await;
    if answer.status == StatusCode::NO_CONTENT {
        return 0;
    }
    let clusters = answer.body["clusters"].as_array().expect("clusters");
    let counted: i64 = clusters
        .iter()
        .map(|cluster| {
            ["open", "fixed", "closed"].iter().map(|group| cluster[group].as_i64().expect("a number")).sum::<i64>()
        })
        .sum();
    counted + i64::try_from(answer.body["pins"].as_array().expect("pins").len()).expect("few")
}

/// Every process says `expected` within what is promised, and goes on saying it.
async fn all_say(apps: &[&TestApp], expected: i64) {
    let began = Instant::now();
    loop {
        let mut right = true;
        for app in apps {
            for zoom in [3, 12, 15, 19] {
                right &= total(app, zoom).await == expected;
            }
        }
        if right {
            break;
        }
        assert!(began.elapsed() < PROMISED, "not all said {expected} in time");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    // Nothing old comes back from anywhere.
    for _ in 0..15 {
        for app in apps {
            assert_eq!(total(app, 12).await, expected);
            assert_eq!(total(app, 19).await, expected);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn published_changed_and_hidden(one: &TestApp, other: &TestApp) {
    let apps = [one, other];
    all_say(&apps, 0).await;
    one.sql(
        "INSERT INTO reports (location, title, detail, category_code, category_name, category_group, visibility)
         SELECT ST_SetSRID(ST_MakePoint(-2.9977, 51.5842), 4326), 'Hole', 'd', 'a', 'A', 'G', 'published' FROM generate_series(1, 3)",
    );
    all_say(&apps, 3).await;
    other.sql("UPDATE reports SET visibility = 'hidden' WHERE id = 2");
    all_say(&apps, 2).await;
}

#[actix_web::test]
async fn two_processes_agree_within_five_seconds_each_with_a_cache_of_its_own() {
    let one = TestApp::start_with(&[("CACHE_MEGABYTES", "16")]).await;
    let other = one.beside(&[("CACHE_MEGABYTES", "16")]).await;
    published_changed_and_hidden(&one, &other).await;
}

#[actix_web::test]
async fn two_processes_agree_within_five_seconds_with_memcached_between_them() {
    let memcached = Memcached::start();
    let url = memcached.address();
    for megabytes in ["0", "16"] {
        let settings = [("CACHE_MEGABYTES", megabytes), ("MEMCACHED_URL", url.as_str())];
        let one = TestApp::start_with(&settings).await;
        let other = one.beside(&settings).await;
        published_changed_and_hidden(&one, &other).await;
    }
    assert!(memcached.values_taken() > 0, "they did use it");
}

#[actix_web::test]
async fn the_map_stays_right_while_memcached_dies_and_comes_back() {
    let memcached = Memcached::start();
    let url = memcached.address();
    let settings = [("CACHE_MEGABYTES", "0"), ("MEMCACHED_URL", url.as_str())];
    let one = TestApp::start_with(&settings).await;
    let other = one.beside(&settings).await;
    let place =
        "INSERT INTO reports (location, title, detail, category_code, category_name, category_group, visibility)
         VALUES (ST_SetSRID(ST_MakePoint(-2.9977, 51.5842), 4326), 'Hole', 'd', 'a', 'A', 'G', 'published')";
    one.sql(place);
    all_say(&[&one, &other], 1).await;
    let port = memcached.kill();
    one.sql(place);
    all_say(&[&one, &other], 2).await;
    let back = Memcached::start_on(port);
    one.sql("UPDATE reports SET visibility = 'hidden' WHERE id = 1");
    all_say(&[&one, &other], 1).await;
    back.freeze();
    one.sql(place);
    all_say(&[&one, &other], 2).await;
    back.thaw();
    one.sql("DELETE FROM reports WHERE id = 2");
    all_say(&[&one, &other], 1).await;
}

#[actix_web::test]
async fn the_map_stays_right_with_a_memcached_that_is_full() {
    let memcached = Memcached::start_with(&["-m", "2"]);
    let junk = vec![b'x'; 200_000];
    for n in 0..20 {
        memcached.overwrite(&format!("junk{n}"), &junk);
    }
    let url = memcached.address();
    let settings = [("CACHE_MEGABYTES", "0"), ("MEMCACHED_URL", url.as_str())];
    let one = TestApp::start_with(&settings).await;
    let other = one.beside(&settings).await;
    published_changed_and_hidden(&one, &other).await;
}
