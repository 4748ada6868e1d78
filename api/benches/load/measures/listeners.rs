//! What those cost who listen to the live map while nothing happens.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use super::Bench;
use crate::process;
use crate::report::Report;
use crate::server::{Caches, Server};

/// How many listen.
const LISTENERS: u32 = 5_000;
/// How many of them from one address: fewer than are let in.
const FROM_ONE_ADDRESS: u32 = 100;
/// How long they only wait: longer than it takes until each hears that its connection lives.
const IDLE: Duration = Duration::from_secs(30);

impl Bench<'_> {
    pub(super) fn listeners(&self, report: &mut Report) -> anyhow::Result<()> {
        if !self.options.wants("listeners") {
            return Ok(());
        }
        let server = Server::start(self.small()?, Caches::Own, 1)?;
        let ground = self.ground.places().first().context("there are no reports")?;
        let (lon, lat) = (ground.lon(), ground.lat());
        let path = format!("/api/v1/live?bbox={lon},{lat},{},{}", lon + 0.02, lat + 0.02);
        server.get("/api/v1/config")?;
        let (before, _) = server.resident_megabytes()?;
        let (resident, worked) = actix_web::rt::System::new().block_on(async {
            let mut open = Vec::new();
            for number in 0..LISTENERS {
                open.push(listen(&server, &path, number / FROM_ONE_ADDRESS).await?);
            }
            let began = server.worked()?;
            process::wait(IDLE)?;
            let worked = server.worked()?.saturating_sub(began);
            anyhow::Ok((server.resident_megabytes()?.0, worked))
        })?;
        report.note("listeners of the live map", f64::from(LISTENERS), "");
        report.note("listeners: memory of each", (resident - before) * 1024.0 / f64::from(LISTENERS), "kB");
        report.note("listeners: work for all, of each second", worked.as_secs_f64() * 1e3 / IDLE.as_secs_f64(), "ms");
        Ok(())
    }
}

/// One who was let in, from the loopback address of this number.
async fn listen(server: &Server, path: &str, number: u32) -> anyhow::Result<TcpStream> {
    let host = server.address.strip_prefix("http://").context("the server has no address")?;
    let socket = TcpSocket::new_v4()?;
    let from = std::net::Ipv4Addr::from(0x7f00_0101 + number);
    socket.bind(SocketAddr::from((from, 0)))?;
    let mut stream = socket.connect(host.parse()?).await.context("a listener cannot connect")?;
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes()).await?;
    let mut begin = [0; 15];
    stream.read_exact(&mut begin).await?;
    anyhow::ensure!(&begin == b"HTTP/1.1 200 OK", "{path} answers {}", String::from_utf8_lossy(&begin));
    Ok(stream)
}
