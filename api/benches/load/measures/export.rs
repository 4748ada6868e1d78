//! Everything as one answer: how fast it comes, and what memory that takes.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context as _;

use super::Bench;
use crate::databases::Database;
use crate::process::{self, Running};
use crate::report::{Goal, Report};
use crate::server::{Caches, Server};

/// Everything, one feature a line.
const PATH: &str = "/api/v1/reports.geojsonl";
/// The same columns as the database itself writes them, but for easting and northing, which it cannot reckon by OSTN15.
const COPY: &str = "
COPY (
    SELECT row_to_json(f) FROM (
        SELECT 'Feature' AS type, r.id,
               json_build_object('type', 'Point', 'coordinates', json_build_array(ST_X(r.location), ST_Y(r.location))) AS geometry,
               row_to_json(p) AS properties
        FROM reports r
        CROSS JOIN LATERAL (
            SELECT r.id, 'http://127.0.0.1/reports/' || r.id AS url, r.title, r.detail AS description,
                   r.category_code AS category, r.category_name, r.category_group AS \"group\", r.status, r.status_group,
                   (SELECT string_agg(b.slug, ',') FROM bodies b WHERE b.id = ANY (r.body_ids)) AS body,
                   (SELECT a.name FROM report_areas l JOIN areas a ON a.id = l.area_id
                    WHERE l.report_id = r.id AND a.kind = 'ward' LIMIT 1) AS ward,
                   (SELECT a.name FROM report_areas l JOIN areas a ON a.id = l.area_id
                    WHERE l.report_id = r.id AND a.kind = 'council' LIMIT 1) AS council,
                   r.street, r.created_at AS reported, r.confirmed_at AS confirmed, r.sent_at AS sent,
                   r.answered_at AS first_answer, r.fixed_at AS fixed, r.closed_at AS closed, r.updated_at AS updated,
                   r.supporter_count AS supporters, r.update_count AS updates,
                   (SELECT count(*) FROM report_photos p WHERE p.report_id = r.id) AS photos,
                   (SELECT 'http://127.0.0.1/photos/' || p.photo_id || '/full.jpg' FROM report_photos p
                    WHERE p.report_id = r.id ORDER BY p.position LIMIT 1) AS photo,
                   'https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/' AS licence
        ) AS p
        WHERE r.visibility = 'published'
        ORDER BY r.id
    ) AS f
) TO STDOUT";

impl Bench<'_> {
    pub(super) fn geojson_stream(&self, report: &mut Report) -> anyhow::Result<()> {
        if !self.options.wants("geojson_stream") {
            return Ok(());
        }
        let database = self.middle()?;
        let server = Server::start(database, Caches::Off, 1)?;
        let pair = self.pair(
            "geojson_stream",
            |time| megabytes_a_second(&mut answer(&server)?, time),
            |time| copied(database, time),
        )?;
        self.weigh(&server)?;
        report.add("geojson_stream", pair.ratio(), "ratio", Goal::AtLeast(0.50));
        report.note("geojson_stream: server", pair.one.median(), "MB/s");
        report.note("geojson_stream: COPY", pair.other.median(), "MB/s");
        Ok(())
    }

    pub(super) fn export_memory(&self, report: &mut Report) -> anyhow::Result<()> {
        if !self.options.wants("export_memory") {
            return Ok(());
        }
        let database = self.large()?;
        let server = Server::start(database, Caches::Off, 1)?;
        // With its connections open and its statements prepared, and what it uses of OSTN15's table (part of the program) read
        // from disk, as a server is that has been asked something.
        for _ in 0..20 {
            server.get(&format!("{PATH}?limit=1000"))?;
            server.get("/api/v1/reports?limit=100")?;
        }
        let (idle, _) = server.resident_megabytes()?;
        let mut command = Command::new("curl");
        command.args(["--silent", "--fail", &format!("{}{PATH}", server.address)]).stdout(Stdio::piped());
        let mut curl = Running::start(&mut command)?;
        let mut lines = BufReader::with_capacity(1 << 20, curl.stdout().context("no output")?);
        let (mut most, mut features) = (idle, 0);
        let began = Instant::now();
        loop {
            let read = lines.fill_buf()?;
            if read.is_empty() {
                break;
            }
            features += read.iter().filter(|byte| **byte == b'\n').count();
            let length = read.len();
            lines.consume(length);
            most = most.max(server.resident_megabytes()?.0);
            process::go_on()?;
        }
        let published = database.count("SELECT count(*) FROM reports WHERE visibility = 'published'")?;
        anyhow::ensure!(i64::try_from(features)? == published, "{features} of {published} reports came");
        report.add("export_memory", most / idle, "ratio", Goal::AtMost(1.2));
        report.note("export_memory: idle", idle, "MB");
        report.note("export_memory: at its most", most, "MB");
        report.note(
            "export_memory: features a second",
            f64::from(u32::try_from(published)?) / began.elapsed().as_secs_f64(),
            "1/s",
        );
        Ok(())
    }
}

/// The answer, as it comes over the wire: reading it must cost nothing beside making it.
fn answer(server: &Server) -> anyhow::Result<TcpStream> {
    let host = server.address.strip_prefix("http://").context("the server has no address")?;
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    write!(stream, "GET {PATH} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")?;
    let mut begin = [0; 15];
    stream.read_exact(&mut begin)?;
    anyhow::ensure!(&begin == b"HTTP/1.1 200 OK", "{PATH} answers {}", String::from_utf8_lossy(&begin));
    Ok(stream)
}

/// What `psql` gets from the database, read in the same way.
fn copied(database: &Database, time: Duration) -> anyhow::Result<f64> {
    let mut command = Command::new("psql");
    command.args(["--no-psqlrc", "--quiet", "--command", COPY, &database.url]).stdout(Stdio::piped());
    // As the server sets its connections.
    command.env("PGOPTIONS", "-c client_min_messages=error -c max_parallel_workers_per_gather=0 -c timezone=UTC");
    let mut psql = Running::start(&mut command)?;
    let mut out = psql.stdout().context("no output")?;
    megabytes_a_second(&mut out, time)
}

/// Megabytes a second, from the first byte on for so long or to the end.
fn megabytes_a_second(from: &mut impl Read, time: Duration) -> anyhow::Result<f64> {
    let mut buffer = vec![0; 1 << 18];
    let began = Instant::now();
    let mut bytes = 0;
    while began.elapsed() < time {
        process::go_on()?;
        match from.read(&mut buffer)? {
            0 => break,
            read => bytes += read,
        }
    }
    anyhow::ensure!(bytes > 1_000_000, "only {bytes} bytes came");
    Ok(bytes as f64 / 1e6 / began.elapsed().as_secs_f64())
}
