//! Which compressed copies of an answer a request takes.

use actix_web::HttpRequest;
use actix_web::http::header::{AcceptEncoding, ContentEncoding, Encoding, Header as _, Preference, Quality};

use crate::cache::Coding;

/// The codings this request takes, best first.
pub fn accepted(request: &HttpRequest) -> impl Iterator<Item = Coding> + use<> {
    let accepted = AcceptEncoding::parse(request).ok();
    [Coding::Brotli, Coding::Gzip].into_iter().filter(move |coding| {
        accepted.iter().flat_map(|accepted| accepted.iter()).any(|item| {
            item.quality > Quality::ZERO
                && matches!(&item.item, Preference::Specific(Encoding::Known(known)) if *known == known_as(*coding))
        })
    })
}

const fn known_as(coding: Coding) -> ContentEncoding {
    match coding {
        Coding::Brotli => ContentEncoding::Brotli,
        Coding::Gzip => ContentEncoding::Gzip,
    }
}

/// What `Content-Encoding` calls it.
#[must_use]
pub const fn name(coding: Coding) -> &'static str {
    match coding {
        Coding::Brotli => "br",
        Coding::Gzip => "gzip",
    }
}
