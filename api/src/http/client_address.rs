//! Who is asking, as far as the network tells.

use std::future::{Ready, ready};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};

use crate::app::App;
use crate::error::ApiError;

/// The caller's network address: the peer's, or what the configured number of proxies in front say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(IpAddr);

impl ClientAddress {
    /// The part of the address that stands for one caller in rate limits: a whole IPv4 address, or the /64 network of
    /// an IPv6 one, because one household has all of it.
    #[must_use]
    pub fn bucket(self) -> IpAddr {
        match self.0 {
            IpAddr::V4(_) => self.0,
            IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
                Some(v4) => IpAddr::V4(v4),
                None => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
            },
        }
    }

    fn of(request: &HttpRequest, hops: usize) -> Self {
        let peer = request.peer_addr().map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |peer| peer.ip());
        if hops == 0 {
            return Self(peer);
        }
        // Each proxy appends the address it saw, so the trustworthy ones stand at the end. What cannot be read keeps its
        // place: leaving it out would move what the caller wrote to where a proxy's word is looked for.
        let forwarded: Vec<Option<IpAddr>> = request
            .headers()
            .get_all("x-forwarded-for")
            .map(|value| String::from_utf8_lossy(value.as_bytes()))
            .flat_map(|value| value.split(',').map(read_address).collect::<Vec<_>>())
            .collect();
        let chosen = forwarded.len().checked_sub(hops).and_then(|at| *forwarded.get(at)?);
        Self(chosen.unwrap_or(peer))
    }
}

/// An address as proxies write it: bare, with a port, or an IPv6 one in brackets.
fn read_address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

impl FromRequest for ClientAddress {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let hops = request.app_data::<web::Data<App>>().map_or(0, |app| app.config.http.trusted_proxy_hops);
        ready(Ok(Self::of(request, hops)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn address(forwarded: &str, hops: usize) -> String {
        let request = TestRequest::default()
            .peer_addr(([10, 0, 0, 1], 80).into())
            .insert_header(("X-Forwarded-For", forwarded))
            .to_http_request();
        ClientAddress::of(&request, hops).0.to_string()
    }

    #[test]
    fn a_forged_header_is_not_read_without_a_proxy_and_not_believed_behind_one() {
        assert_eq!(address("6.6.6.6", 0), "10.0.0.1");
        assert_eq!(address("6.6.6.6, 192.0.2.7", 1), "192.0.2.7");
        assert_eq!(address("6.6.6.6, 192.0.2.7, 198.51.100.2", 2), "192.0.2.7");
        assert_eq!(address("192.0.2.7", 2), "10.0.0.1");
    }

    #[test]
    fn an_entry_that_cannot_be_read_does_not_make_room_for_a_forged_one() {
        assert_eq!(address("6.6.6.6, unknown", 1), "10.0.0.1");
        assert_eq!(address("6.6.6.6, 192.0.2.7, _hidden", 2), "192.0.2.7");
        assert_eq!(address("6.6.6.6,", 1), "10.0.0.1");
    }

    #[test]
    fn an_address_may_come_with_its_port() {
        assert_eq!(address("6.6.6.6, 192.0.2.7:4711", 1), "192.0.2.7");
        assert_eq!(address("[2001:db8::1]:443", 1), "2001:db8::1");
        assert_eq!(address("[2001:db8::1]", 1), "2001:db8::1");
        assert_eq!(address("2001:db8::1", 1), "2001:db8::1");
    }

    #[test]
    fn one_ipv6_household_is_one_caller() {
        let bucket = |text: &str| ClientAddress(text.parse().expect("an address")).bucket();
        assert_eq!(bucket("2001:db8:1:2:aaaa::1"), bucket("2001:db8:1:2:bbbb::2"));
        assert_ne!(bucket("2001:db8:1:2::1"), bucket("2001:db8:1:3::1"));
    }
}
