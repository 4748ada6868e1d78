//! HEAD, wherever GET is.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::Error;
use actix_web::body::{BodySize, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::Next;
use actix_web::web::Bytes;

/// A body of which only the length is told.
#[derive(Debug)]
pub struct Untold(BodySize);

impl MessageBody for Untold {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        self.0
    }

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Infallible>>> {
        Poll::Ready(None)
    }
}

/// Handlers know GET only: HEAD is answered with what GET would answer, without the body.
///
/// # Errors
/// What the handler returns.
pub async fn answer_as_get<B: MessageBody>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, Untold>>, Error> {
    let is_head = request.method() == Method::HEAD;
    if is_head {
        request.head_mut().method = Method::GET;
    }
    let response = next.call(request).await?;
    Ok(if is_head {
        response.map_body(|_, body| EitherBody::right(Untold(body.size())))
    } else {
        response.map_into_left_body()
    })
}
