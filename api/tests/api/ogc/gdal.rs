//! GDAL of Debian (3.6.2), against the running server.

use std::process::Command;

use super::recorder::Recorder;
use super::{PUBLISHED, expected, start_with};
use crate::harness::TestApp;

struct Ground {
    app: TestApp,
    recorder: Recorder,
    folder: tempfile::TempDir,
}

async fn start() -> Ground {
    let recorder = Recorder::start();
    // Its own limits, as everybody meets them: pages of ten are many requests.
    let app = start_with(&[("BASE_URL", &recorder.address), ("RATE_LIMIT_SCALE", "1")]).await;
    recorder.lead_to(&app.address);
    Ground { app, recorder, folder: tempfile::tempdir().unwrap() }
}

impl Ground {
    /// Runs a program of GDAL, and answers what it says; `OAPI` in its arguments is where the server is.
    async fn run(&self, program: &'static str, arguments: &[&str]) -> String {
        let mut command = Command::new(program);
        let server = format!("OAPIF:{}/ogc/", self.recorder.address);
        command
            .args(arguments.iter().map(|argument| argument.replace("OAPI", &server)))
            .current_dir(self.folder.path());
        let output = actix_web::web::block(move || command.output()).await.unwrap().expect("gdal-bin is installed");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let trouble = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && !trouble.contains("ERROR"), "{said}{trouble}");
        said
    }

    /// How many features of a layer `ogrinfo` finds with these arguments.
    async fn count(&self, more: &[&str], layer: &str) -> usize {
        let mut arguments = vec!["-ro", "-so"];
        arguments.extend_from_slice(more);
        arguments.extend_from_slice(&["OAPI", layer]);
        let said = self.run("ogrinfo", &arguments).await;
        let line = said.lines().find_map(|line| line.strip_prefix("Feature Count: "));
        line.unwrap_or_else(|| panic!("{said}")).parse().unwrap()
    }

    /// What items were asked for.
    fn asked(&self) -> Vec<String> {
        self.recorder.take().into_iter().filter(|asked| asked.contains("/items")).collect()
    }
}

#[actix_web::test]
async fn ogrinfo_opens_the_server_and_finds_every_layer_and_field() {
    let ground = start().await;
    let said = ground.run("ogrinfo", &["-ro", "OAPI"]).await;
    for layer in ["reports", "updates", "areas", "bodies", "streets"] {
        assert!(said.contains(layer), "{said}");
    }
    let said = ground.run("ogrinfo", &["-ro", "-so", "OAPI", "reports"]).await;
    for line in [
        "Geometry: Point",
        "Feature Count: 60",
        "id: Integer",
        "title: String",
        "reported: DateTime",
        "confirmed: DateTime",
        "supporters: Integer",
        "easting: Real",
        "ward: String",
        "licence: String",
    ] {
        assert!(said.contains(line), "{line}: {said}");
    }
}

#[actix_web::test]
async fn a_box_and_filters_are_the_servers_work() {
    let ground = start().await;
    assert_eq!(ground.count(&[], "reports").await, PUBLISHED);
    ground.asked();

    let found = ground.count(&["-spat", "-3.05", "51.549999999999997", "-2.99", "51.6"], "reports").await;
    let condition = "ST_X(location) BETWEEN -3.05 AND -2.99 AND ST_Y(location) >= 51.55";
    assert_eq!(found, expected(&ground.app, condition).len());
    let asked = ground.asked();
    assert!(asked.iter().any(|asked| asked.contains("bbox=-3.04999") && asked.contains("51.54999")), "{asked:?}");

    for (filter, condition) in [
        ("status = 'fixed'", "status = 'fixed'"),
        ("supporters >= 5", "supporter_count >= 5"),
        ("street IS NULL", "street IS NULL"),
        ("title LIKE 'Deep%'", "title LIKE 'Deep%'"),
        ("title ILIKE 'deep%'", "title ILIKE 'deep%'"),
        (
            "status = 'open' AND (category = 'drains' OR supporters < 2)",
            "status = 'open' AND (category_code = 'drains' OR supporter_count < 2)",
        ),
        ("NOT status = 'open'", "status <> 'open'"),
        ("reported >= '2026-01-20T00:00:00Z'", "created_at >= '2026-01-20Z'"),
        (
            "reported >= '2026/01/20 00:00:00' AND reported < '2026/02/01 12:30:00'",
            "created_at >= '2026-01-20Z' AND created_at < '2026-02-01T12:30:00Z'",
        ),
        ("id = 7", "id = 7"),
        ("title = 'Caf\u{e9} sign down 5'", "id = 5"),
    ] {
        let found = ground.count(&["-where", filter], "reports").await;
        let wanted = expected(&ground.app, condition).len();
        assert_eq!(found, wanted, "{filter}");
        let asked = ground.asked();
        // What is asked for with a filter is no more than what is found: the server did it.
        let filtered: Vec<&String> =
            asked.iter().filter(|asked| asked.contains("filter=") && asked.contains("filter-lang=cql-text")).collect();
        assert!(!filtered.is_empty(), "{filter}: {asked:?}");
    }
}

/// What the app's analysis page writes for a body.
fn of_body(slug: &str) -> String {
    format!("(body = '{slug}' OR body LIKE '{slug},%' OR body LIKE '%,{slug}' OR body LIKE '%,{slug},%')")
}

#[actix_web::test]
async fn the_lines_that_the_analysis_page_writes_find_what_the_database_finds() {
    let page = include_str!("../../../../frontend/src/pages/analysis/take.rs");
    for written in [
        r#""body LIKE {}""#,
        r#""body = {}""#,
        r#""{body},%""#,
        r#""%,{body}""#,
        r#""%,{body},%""#,
        r#""(category = {0} OR \"group\" = {0})""#,
        r#""status_group = {}""#,
        r#""reported >= {}""#,
        r#""{from}T00:00:00Z""#,
        r#""reported <= {}""#,
        r#""{to}T23:59:59Z""#,
        r#"" AND ""#,
    ] {
        assert!(page.contains(written), "the page writes {written} no more: the clauses below are others");
    }
    let ground = start().await;
    // Bodies alone, at the beginning, in the middle and at the end.
    ground.app.sql(
        "INSERT INTO report_bodies SELECT r.id, b.id FROM reports r JOIN bodies b ON b.slug = 'north' AND r.id % 3 = 0 OR b.slug = 'nowhere' AND r.id % 9 = 0
         WHERE r.visibility = 'published';
         DELETE FROM report_bodies l USING bodies b WHERE b.id = l.body_id AND b.slug = 'south' AND l.report_id % 6 = 0;
         UPDATE reports SET category_group = 'Children''s play' WHERE id % 4 = 0",
    );
    let has = |slug: &str| {
        format!(
            "EXISTS (SELECT FROM report_bodies l JOIN bodies b ON b.id = l.body_id WHERE l.report_id = reports.id AND b.slug = '{slug}')"
        )
    };
    let group = |name: &str| format!("(category = '{name}' OR \"group\" = '{name}')");
    let stored = |name: &str| format!("(category_code = '{name}' OR category_group = '{name}')");
    let (from, to) = ("reported >= '2026-01-10T00:00:00Z'", "reported <= '2026-02-10T23:59:59Z'");
    let time = "created_at >= '2026-01-10Z' AND created_at < '2026-02-11Z'";
    for (clause, condition) in [
        (of_body("south"), has("south")),
        (of_body("north"), has("north")),
        (of_body("nowhere"), has("nowhere")),
        (group("drains"), stored("drains")),
        (group("Roads"), stored("Roads")),
        (group("Children''s play"), stored("Children''s play")),
        ("status_group = 'open'".to_owned(), "status_group = 'open'".to_owned()),
        (format!("{from} AND {to}"), time.to_owned()),
        (
            format!("{} AND {} AND status_group = 'open' AND {from} AND {to}", of_body("south"), group("Roads")),
            format!("{} AND {} AND status_group = 'open' AND {time}", has("south"), stored("Roads")),
        ),
    ] {
        ground.asked();
        let wanted = expected(&ground.app, &condition).len();
        assert!((1..PUBLISHED).contains(&wanted), "{condition} chooses {wanted}");
        assert_eq!(ground.count(&["-where", &clause], "reports").await, wanted, "{clause}");
        assert!(ground.asked().iter().any(|asked| asked.contains("filter=")), "{clause} is the server's work");
    }
}

/// The points that ogr2ogr makes of reports, brought over to EPSG:27700 (`-t_srs`) or taken as such (`-a_srs`), each with the easting
/// and northing that the report tells; metres.
async fn on_the_grid(ground: &Ground, how: &str, from: &[&str]) -> Vec<([f64; 2], [f64; 2])> {
    let to_csv = ["-f", "CSV", "/vsistdout/", "-lco", "GEOMETRY=AS_XY", "-select", "easting,northing"];
    let said = ground.run("ogr2ogr", &[&to_csv[..], &[how, "EPSG:27700"], from].concat()).await;
    let point = |line: &str| {
        let numbers: Vec<f64> = line.split(',').map(|number| number.parse().unwrap()).collect();
        ([numbers[0], numbers[1]], [numbers[2], numbers[3]])
    };
    said.lines().skip(1).map(point).collect()
}

#[actix_web::test]
async fn what_is_brought_over_to_the_national_grid_lies_where_the_properties_say() {
    let ground = start().await;
    let points = on_the_grid(&ground, "-t_srs", &["OAPI", "reports"]).await;
    for (made, told) in &points {
        let away = (made[0] - told[0]).hypot(made[1] - told[1]);
        // Without OSTN15's grid, which it may lack, PROJ is right to a few metres.
        assert!(away < 5.0, "{away} m: {made:?}, and the report says {told:?}");
    }
    assert_eq!(points.len(), PUBLISHED);
}

#[actix_web::test]
async fn everything_is_copied_to_a_geopackage_page_by_page() {
    let ground = start().await;
    ground.run("ogr2ogr", &["-f", "GPKG", "all.gpkg", "OAPI"]).await;
    let asked = ground.asked();
    assert!(asked.iter().any(|asked| asked.contains("cursor=")), "pages follow each other: {asked:?}");
    let copied = ground.run("ogrinfo", &["-ro", "-so", "-al", "all.gpkg"]).await;
    let counts: Vec<&str> = copied.lines().filter_map(|line| line.strip_prefix("Feature Count: ")).collect();
    assert_eq!(counts, ["60", "40", "3", "3", "2"], "{copied}");
    let said = ground
        .run(
            "ogrinfo",
            &["-ro", "-q", "-sql", "SELECT count(DISTINCT id), min(easting), sum(supporters) FROM reports", "all.gpkg"],
        )
        .await;
    assert!(said.contains("= 60"), "{said}");
    assert!(said.contains(&format!("= {}", ground.app.count("SELECT sum(supporter_count) FROM reports"))), "{said}");

    // Large pages are one request.
    ground.asked();
    ground.run("ogr2ogr", &["-f", "GPKG", "again.gpkg", "-oo", "PAGE_SIZE=1000", "OAPI", "reports"]).await;
    assert!(ground.asked().iter().all(|asked| asked.contains("limit=1000") && !asked.contains("cursor=")));
}

#[actix_web::test]
async fn the_national_grid_is_read_as_what_it_is() {
    let ground = start().await;
    let crs = "http://www.opengis.net/def/crs/EPSG/0/27700";
    // 3.6 asks for no coordinate reference system by itself: the address does.
    let page = format!("{}/ogc/collections/reports/items?limit=100&crs={crs}", ground.app.address);
    let bytes = reqwest::get(page).await.unwrap().bytes().await.unwrap();
    std::fs::write(ground.folder.path().join("grid.geojson"), &bytes).unwrap();
    let points = on_the_grid(&ground, "-a_srs", &["grid.geojson"]).await;
    for (made, told) in &points {
        assert_eq!(made, told);
    }
    assert_eq!(points.len(), PUBLISHED);
}
