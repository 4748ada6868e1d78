//! Photos: real pictures in, clean JPEGs out, and nothing that is no picture.

use std::io::Cursor;

use image::{ImageFormat, Rgb, RgbImage};
use mendmap_shared::error::ErrorCode;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::harness::{Answer, TestApp, new_report, real_data};

pub fn png() -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    RgbImage::from_pixel(320, 200, Rgb([90, 120, 60])).write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

pub async fn upload(app: &TestApp, bytes: Vec<u8>) -> Answer {
    Answer::of(app.request(Method::POST, "/photos").header("Content-Type", "image/jpeg").body(bytes).send().await).await
}

#[actix_web::test]
async fn a_photo_is_seen_by_everybody_once_its_report_is_published() {
    let app = TestApp::start().await;
    app.two_councils();
    let author = app.sign_in("author@example.org").await;
    let photo = upload(&app, png()).await.expect(StatusCode::CREATED).body;
    let id = photo["id"].as_str().unwrap();
    let public = format!("/photos/{id}/page.jpg");
    app.get(&public).await.expect_error(ErrorCode::NotFound);
    app.get(photo["page"].as_str().unwrap()).await.expect(StatusCode::OK);
    app.get(&format!("{public}?key=9999999.AAAA")).await.expect_error(ErrorCode::NotFound);
    let mut report = new_report();
    report["photos"] = json!([id]);
    let taken = app.post_as(&author, "/reports", report).await.expect(StatusCode::CREATED).body;
    let seen = app.get(&format!("/reports/{}", taken["id"])).await.body;
    assert_eq!(seen["photos"][0]["page"], public.as_str());
    let file = app.get(&public).await.expect(StatusCode::OK);
    assert_eq!(file.header("content-type"), "image/jpeg");
    assert!(file.header("cache-control").contains("immutable"));
    assert_eq!(image::load_from_memory(&file.bytes).unwrap().width(), 320);
    app.sql("UPDATE reports SET visibility = 'hidden'");
    app.get(&public).await.expect_error(ErrorCode::NotFound);
    app.get(&format!("/photos/{id}/huge.jpg")).await.expect_error(ErrorCode::NotFound);
}

#[actix_web::test]
async fn the_same_picture_sent_again_is_kept_from_then_on_and_one_nobody_used_is_thrown_away() {
    let app = TestApp::start().await;
    let photo = upload(&app, png()).await.expect(StatusCode::CREATED).body;
    app.sql("UPDATE photos SET created_at = now() - interval '47 hours'");
    upload(&app, png()).await.expect(StatusCode::CREATED);
    app.sql("UPDATE photos SET created_at = created_at - interval '2 hours'");
    app.keep_house().await;
    app.get(photo["page"].as_str().unwrap()).await.expect(StatusCode::OK);
    app.sql("UPDATE photos SET created_at = now() - interval '49 hours'");
    app.keep_house().await;
    app.get(photo["page"].as_str().unwrap()).await.expect_error(ErrorCode::NotFound);
}

#[actix_web::test]
async fn the_photos_of_a_report_nobody_confirmed_go_with_it() {
    let app = TestApp::start().await;
    app.two_councils();
    let photo = upload(&app, png()).await.expect(StatusCode::CREATED).body;
    let mut report = new_report();
    report["photos"] = json!([photo["id"]]);
    app.post("/reports", report).await.expect(StatusCode::CREATED);
    app.sql("UPDATE photos SET created_at = now() - interval '32 days'; UPDATE reports SET created_at = now() - interval '32 days'");
    app.keep_house().await;
    assert_eq!(app.count("SELECT (SELECT count(*) FROM reports) + (SELECT count(*) FROM photos)"), 0);
}

#[actix_web::test]
async fn what_is_no_picture_is_refused_clearly() {
    let app = TestApp::start().await;
    for bytes in [
        b"GIF89a\x01\x00\x01\x00\x80\x00\x00".to_vec(),
        b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(),
        png()[..120].to_vec(),
        Vec::new(),
    ] {
        upload(&app, bytes).await.expect_error(ErrorCode::ImageUndecodable);
    }
    upload(&app, vec![0; 15 * 1024 * 1024 + 1]).await.expect_error(ErrorCode::TooLarge);
    let mut report = new_report();
    report["photos"] = json!(["0".repeat(64)]);
    app.two_councils();
    let answer = app.post("/reports", report.clone()).await.expect_error(ErrorCode::ValidationFailed);
    assert_eq!(answer.body["error"]["fields"]["photos"]["code"], "unknown");
    report["photos"] = json!(vec!["0".repeat(64); 7]);
    let answer = app.post("/reports", report).await.expect_error(ErrorCode::ValidationFailed);
    assert_eq!(answer.body["error"]["fields"]["photos"]["code"], "too_many");
}

#[actix_web::test]
async fn every_orientation_comes_out_the_same_way_up_and_no_metadata_survives() {
    let Some(data) = real_data() else { return };
    let app = TestApp::start().await;
    let mut first: Option<RgbImage> = None;
    for n in 1..=8 {
        let bytes = std::fs::read(data.join(format!("photos/generated_cc0/orientation_{n}.jpg"))).unwrap();
        assert!(bytes.windows(4).any(|four| four == b"Exif"));
        let photo = upload(&app, bytes).await.expect(StatusCode::CREATED).body;
        let file = app.get(photo["page"].as_str().unwrap()).await.expect(StatusCode::OK).bytes;
        assert!(!file.windows(4).any(|four| four == b"Exif"));
        let picture = image::load_from_memory(&file).unwrap().to_rgb8();
        let reference = first.get_or_insert_with(|| picture.clone());
        assert_eq!(picture.dimensions(), reference.dimensions(), "orientation {n}");
        let difference: u64 = picture.iter().zip(reference.iter()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
        assert!(difference / (picture.len() as u64) < 8, "orientation {n} looks different");
    }
}

#[actix_web::test]
async fn real_phone_pictures_lose_their_place() {
    let Some(data) = real_data() else { return };
    let app = TestApp::start().await;
    for entry in std::fs::read_dir(data.join("photos/exif_gps_bsd")).unwrap() {
        let photo = upload(&app, std::fs::read(entry.unwrap().path()).unwrap()).await.expect(StatusCode::CREATED).body;
        for size in ["full", "page", "thumb"] {
            let file = app.get(photo[size].as_str().unwrap()).await.expect(StatusCode::OK).bytes;
            assert!(!file.windows(4).any(|four| four == b"Exif" || four == b"http"), "{size}");
        }
    }
}

#[actix_web::test]
async fn a_photo_nobody_used_is_thrown_away_and_can_be_uploaded_again() {
    let app = TestApp::start().await;
    app.two_councils();
    let author = app.sign_in("author@example.org").await;
    let used = upload(&app, png()).await.expect(StatusCode::CREATED).body;
    let mut report = new_report();
    report["photos"] = json!([used["id"]]);
    app.post_as(&author, "/reports", report).await.expect(StatusCode::CREATED);
    let mut other = Cursor::new(Vec::new());
    RgbImage::from_pixel(64, 64, Rgb([1, 2, 3])).write_to(&mut other, ImageFormat::Png).unwrap();
    let unused = upload(&app, other.get_ref().clone()).await.expect(StatusCode::CREATED).body;
    let address = unused["page"].as_str().unwrap();
    let keep_house =
        || mendmap::jobs::housekeeping::run(&mut app.conn(), &app.place.photos, &app.place.workshop.store).unwrap();
    keep_house();
    app.get(address).await.expect(StatusCode::OK);
    app.sql("UPDATE photos SET created_at = now() - interval '3 days'");
    keep_house();
    app.get(address).await.expect_error(ErrorCode::NotFound);
    assert_eq!(app.count("SELECT count(*) FROM photos"), 1);
    upload(&app, other.into_inner()).await.expect(StatusCode::CREATED);
    app.get(address).await.expect(StatusCode::OK);
}

/// A small picture of one shade.
pub fn jpeg_of_shade(shade: u8) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let picture = RgbImage::from_pixel(40, 30, Rgb([shade; 3]));
    picture.write_to(&mut bytes, ImageFormat::Jpeg).unwrap();
    bytes.into_inner()
}

#[actix_web::test]
async fn a_store_that_cannot_be_written_says_so_and_neither_keeps_half_a_photo_nor_loses_one() {
    let app = TestApp::start().await;
    let before = upload(&app, png()).await.expect(StatusCode::CREATED).body;
    let store = &app.config.storage.photo_store;
    // Whoever runs the tests as root may write everywhere: what is no folder takes no files from them either.
    let mut other = RgbImage::from_pixel(64, 64, Rgb([9, 9, 200]));
    other.put_pixel(1, 1, Rgb([250, 0, 0]));
    let mut picture = Cursor::new(Vec::new());
    other.write_to(&mut picture, ImageFormat::Png).unwrap();
    let aside = store.with_extension("aside");
    std::fs::rename(store, &aside).unwrap();
    std::fs::write(store, b"").unwrap();
    let refused = upload(&app, picture.get_ref().clone()).await.expect_error(ErrorCode::Unavailable);
    assert!(!refused.header("retry-after").is_empty());
    assert!(refused.body["error"]["message"].as_str().unwrap().starts_with("Photos cannot be kept"));
    assert_eq!(app.count("SELECT count(*) FROM photos"), 1, "nothing is promised");

    std::fs::remove_file(store).unwrap();
    std::fs::rename(&aside, store).unwrap();
    upload(&app, picture.into_inner()).await.expect(StatusCode::CREATED);
    app.get(before["page"].as_str().unwrap()).await.expect(StatusCode::OK);
}
