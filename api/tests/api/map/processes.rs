//! Several processes answer alike, with memcached and without it.

use std::time::{Duration, Instant};

use mendmap_shared::geo::{LonLat, TileXyz};
use mendmap_shared::limits::MAP_PIN_ZOOM;
use mendmap_shared::wire::map::MapTile;
use mendmap_shared::workflow::StatusGroup;
use reqwest::StatusCode;

use crate::harness::TestApp;
use crate::memcached::Memcached;

/// The promise: what changed shows in every process's answers by then.
const PROMISED: Duration = Duration::from_secs(5);

/// Where reports begin.
const PLACE: (f64, f64) = (-2.9977, 51.5842);
/// Where one is moved: another tile of zoom 19, the same one of zoom 15.
const NEARBY: (f64, f64) = (-2.9987, 51.5842);
/// Zooms at which reports are counted, and at which each is a pin.
const ZOOMS: [u8; 4] = [3, 12, 15, 19];

/// A report as the map has to show it.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
struct Shown {
    id: i64,
    place: (f64, f64),
    status: StatusGroup,
}

/// Reports at the place, open, with these numbers.
fn open(ids: &[i64]) -> Vec<Shown> {
    ids.iter().map(|&id| Shown { id, place: PLACE, status: StatusGroup::Open }).collect()
}

fn tile_of((lon, lat): (f64, f64), zoom: u8) -> TileXyz {
    TileXyz::containing(LonLat::new(lon, lat).expect("a place"), zoom).expect("a tile")
}

/// Whether the tile around the place says of these reports what it has to: how many there are of each status, where they are
/// on average, and each of them where they are pins.
async fn says(app: &TestApp, zoom: u8, reports: &[Shown]) -> bool {
    let at = tile_of(PLACE, zoom);
    let answer = app.get(&format!("/map/{}/{}/{}.json", at.z(), at.x(), at.y())).await;
    let tile: MapTile = if answer.status == StatusCode::NO_CONTENT {
        MapTile::default()
    } else {
        serde_json::from_slice(&answer.expect(StatusCode::OK).bytes).expect("a tile")
    };
    let there: Vec<Shown> = reports.iter().copied().filter(|report| tile_of(report.place, zoom) == at).collect();

    let groups = [StatusGroup::Open, StatusGroup::Fixed, StatusGroup::Closed];
    let expected = groups.map(|group| there.iter().filter(|report| report.status == group).count() as i64);
    let mut counted = groups.map(|group| tile.pins.iter().filter(|pin| pin.status_group == group).count() as i64);
    // All degrees of longitude together: a report that moves changes them, however far out one looks.
    let mut lons: f64 = tile.pins.iter().map(|pin| pin.location.lon()).sum();
    for cluster in &tile.clusters {
        for (sum, more) in counted.iter_mut().zip([cluster.open, cluster.fixed, cluster.closed]) {
            *sum += more;
        }
        lons += cluster.location.lon() * cluster.total() as f64;
    }
    let far = (lons - there.iter().map(|report| report.place.0).sum::<f64>()).abs();
    let mut pins: Vec<Shown> = tile
        .pins
        .iter()
        .map(|pin| Shown { id: pin.id, place: (pin.location.lon(), pin.location.lat()), status: pin.status_group })
        .collect();
    pins.sort_by_key(|pin| pin.id);
    // So few are pins from a zoom on, and each says where it is and how it stands.
    counted == expected && far < 1e-5 && (zoom < MAP_PIN_ZOOM || pins == there)
}

/// Every process says what is true within what is promised, and goes on saying it.
async fn all_say(apps: &[&TestApp], reports: &[Shown]) {
    let began = Instant::now();
    loop {
        let mut right = true;
        for app in apps {
            for zoom in ZOOMS {
                right &= says(app, zoom, reports).await;
            }
        }
        if right {
            break;
        }
        assert!(began.elapsed() < PROMISED, "not all said {reports:?} in time");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    // Nothing old comes back from anywhere.
    for _ in 0..15 {
        for app in apps {
            assert!(says(app, 12, reports).await && says(app, 19, reports).await, "no longer {reports:?}");
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn published_changed_moved_and_hidden(one: &TestApp, other: &TestApp) {
    let apps = [one, other];
    all_say(&apps, &[]).await;
    one.sql(
        "INSERT INTO reports (location, title, detail, category_code, category_name, category_group, visibility)
         SELECT ST_SetSRID(ST_MakePoint(-2.9977, 51.5842), 4326), 'Hole', 'd', 'a', 'A', 'G', 'published' FROM generate_series(1, 3)",
    );
    let mut reports = open(&[1, 2, 3]);
    all_say(&apps, &reports).await;
    // None comes or goes: what changes is how one stands, and where another is.
    other.sql("UPDATE reports SET status = 'fixed', fixed_by = 'body' WHERE id = 1");
    reports[0].status = StatusGroup::Fixed;
    all_say(&apps, &reports).await;
    one.sql("UPDATE reports SET location = ST_SetSRID(ST_MakePoint(-2.9987, 51.5842), 4326) WHERE id = 3");
    reports[2].place = NEARBY;
    all_say(&apps, &reports).await;
    other.sql("UPDATE reports SET visibility = 'hidden' WHERE id = 2");
    reports.remove(1);
    all_say(&apps, &reports).await;
}

#[test]
fn who_is_moved_leaves_the_tile_of_the_closest_zoom_and_no_other() {
    assert_ne!(tile_of(PLACE, 19), tile_of(NEARBY, 19));
    assert_eq!(tile_of(PLACE, 15), tile_of(NEARBY, 15));
}

#[actix_web::test]
async fn two_processes_agree_within_five_seconds_each_with_a_cache_of_its_own() {
    let one = TestApp::start_with(&[("CACHE_MEGABYTES", "16")]).await;
    let other = one.beside(&[("CACHE_MEGABYTES", "16")]).await;
    published_changed_moved_and_hidden(&one, &other).await;
}

#[actix_web::test]
async fn two_processes_agree_within_five_seconds_with_memcached_between_them() {
    let memcached = Memcached::start();
    let url = memcached.address();
    for megabytes in ["0", "16"] {
        let settings = [("CACHE_MEGABYTES", megabytes), ("MEMCACHED_URL", url.as_str())];
        let one = TestApp::start_with(&settings).await;
        let other = one.beside(&settings).await;
        published_changed_moved_and_hidden(&one, &other).await;
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
    all_say(&[&one, &other], &open(&[1])).await;
    let port = memcached.kill();
    one.sql(place);
    all_say(&[&one, &other], &open(&[1, 2])).await;
    let back = Memcached::start_on(port);
    one.sql("UPDATE reports SET visibility = 'hidden' WHERE id = 1");
    all_say(&[&one, &other], &open(&[2])).await;
    back.freeze();
    one.sql(place);
    all_say(&[&one, &other], &open(&[2, 3])).await;
    back.thaw();
    one.sql("DELETE FROM reports WHERE id = 2");
    all_say(&[&one, &other], &open(&[3])).await;
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
    published_changed_moved_and_hidden(&one, &other).await;
}
