//! Ports of the loopback interface nobody uses.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::time::Duration;

/// So many free ports. All are held at once while they are chosen, so that none comes twice.
///
/// # Errors
/// When the system has none.
pub fn free<const N: usize>() -> anyhow::Result<[u16; N]> {
    let held: Vec<TcpListener> =
        (0..N).map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).collect::<Result<_, _>>()?;
    let mut ports = [0; N];
    for (port, listener) in ports.iter_mut().zip(&held) {
        *port = listener.local_addr()?.port();
    }
    Ok(ports)
}

/// Whether something listens there.
#[must_use]
pub fn answers(port: u16) -> bool {
    TcpStream::connect_timeout(&(Ipv4Addr::LOCALHOST, port).into(), Duration::from_secs(1)).is_ok()
}
