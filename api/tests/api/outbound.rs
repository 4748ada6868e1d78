//! Calls of servers that somebody else named: public addresses only, bounded in time and size, one at a time for each server.

use std::time::{Duration, Instant};

use mendmap::delivery::outbound::{Answer, Bounds, Outbound, OutboundError};
use ureq::http::Request;

use crate::outside::{OutsideServer, Reply};

const BOUNDS: Bounds = Bounds { seconds: 1, bytes: 1000, redirects: 2 };

fn loopback() -> Outbound {
    Outbound::new(vec!["127.0.0.0/8".parse().unwrap()])
}

fn get(outbound: &Outbound, address: &str) -> Result<Answer, OutboundError> {
    outbound.send(Request::get(address).body(Vec::new()).unwrap(), BOUNDS)
}

#[test]
fn an_answer_comes_whole_whatever_its_status() {
    let server = OutsideServer::start(|asked| match asked.method.as_str() {
        "POST" => Reply::Say(422, "text/plain", asked.body.clone()),
        _ => Reply::Say(200, "text/plain", b"here".to_vec()),
    });
    let outbound = loopback();
    let answer = get(&outbound, &server.address).unwrap();
    assert_eq!((answer.status, answer.is_success(), answer.body.as_slice()), (200, true, b"here".as_slice()));
    let answer = outbound.send(Request::post(&server.address).body(b"there".to_vec()).unwrap(), BOUNDS).unwrap();
    assert_eq!((answer.status, answer.is_success(), answer.body.as_slice()), (422, false, b"there".as_slice()));
    assert_eq!(answer.header("content-type"), Some("text/plain"));
}

#[test]
fn what_is_not_public_is_not_called_by_number_by_name_or_by_redirect() {
    let inside = OutsideServer::start(|_| Reply::Say(200, "text/plain", b"secret".to_vec()));
    let outbound = Outbound::new(Vec::new());
    let port = inside.address.rsplit(':').next().unwrap().to_owned();
    let names = ["127.0.0.1", "localhost", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "127.1"];
    for name in names {
        let refused = get(&outbound, &format!("http://{name}:{port}/")).unwrap_err();
        assert_eq!(refused, OutboundError::NotPublic, "{name}");
    }
    // A server that may be called cannot send us to one that may not.
    let only = Outbound::new(vec!["127.0.0.1/32".parse().unwrap()]);
    for target in [format!("http://127.0.0.2:{port}/"), format!("http://[::1]:{port}/")] {
        let outside = OutsideServer::start(move |_| Reply::Redirect(target.clone()));
        assert_eq!(get(&only, &outside.address).unwrap_err(), OutboundError::NotPublic);
    }
    assert!(inside.asked().is_empty());
}

#[test]
fn only_plain_http_addresses_can_be_called() {
    let outbound = loopback();
    for address in ["ftp://example.org/", "file:///etc/passwd", "http://user:word@example.org/", "nothing", "http://"] {
        assert_eq!(outbound.check(address).unwrap_err(), OutboundError::Address, "{address}");
    }
    assert!(outbound.check("https://example.org:8443/open311/v2/").is_ok());
}

#[test]
fn slow_huge_and_lying_servers_cost_bounded_time_and_memory() {
    let outbound = loopback();
    let cases = [
        (Reply::Silence, OutboundError::Slow(1)),
        (Reply::Drip(Duration::from_millis(50)), OutboundError::Slow(1)),
        (Reply::Endless, OutboundError::TooLarge(1000)),
        (Reply::Say(200, "text/plain", vec![b'x'; 1001]), OutboundError::TooLarge(1000)),
        (Reply::Redirect("/again".into()), OutboundError::Redirects),
    ];
    for (reply, error) in cases {
        let server = OutsideServer::start({
            let reply = reply.clone();
            move |_| reply.clone()
        });
        let begun = Instant::now();
        assert_eq!(get(&outbound, &server.address).unwrap_err(), error, "{reply:?}");
        assert!(begun.elapsed() < Duration::from_secs(5), "{reply:?}");
    }
    let exactly = OutsideServer::start(|_| Reply::Say(200, "text/plain", vec![b'x'; 1000]));
    assert_eq!(get(&outbound, &exactly.address).unwrap().body.len(), 1000);
    for nonsense in
        [b"not HTTP at all\r\n\r\n".to_vec(), b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort".to_vec(), vec![]]
    {
        let server = OutsideServer::start(move |_| Reply::Raw(nonsense.clone()));
        assert!(matches!(get(&outbound, &server.address).unwrap_err(), OutboundError::Unreachable(_)));
    }
}

#[test]
fn a_redirect_is_an_answer_where_none_is_followed() {
    let server = OutsideServer::start(|_| Reply::Redirect("/elsewhere".into()));
    let request = Request::get(&server.address).body(Vec::new()).unwrap();
    let answer = loopback().send(request, Bounds { redirects: 0, ..BOUNDS }).unwrap();
    assert_eq!(answer.status, 302);
    let asked: Vec<_> = server.asked().into_iter().map(|asked| asked.path).collect();
    assert_eq!(asked, ["/"]);
}
