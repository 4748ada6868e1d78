//! How reports reach a body's own Open311 server.

use std::future::Future;

use mendmap_shared::wire::integrations_open311::{NewOpen311Server, Open311Server};

use super::ApiError;
use super::transport::Call;

/// [get_open311_server]
pub fn get_open311_server(body: &str) -> impl Future<Output = Result<Open311Server, ApiError>> + use<> {
    Call::get(format!("/desk/bodies/{body}/open311")).fetch()
}

/// [put_open311_server]
pub fn put_open311_server(
    body: &str,
    idempotency_key: &str,
    new: &NewOpen311Server,
) -> impl Future<Output = Result<Open311Server, ApiError>> + use<> {
    Call::put(format!("/desk/bodies/{body}/open311")).idempotent(idempotency_key).json(new).fetch()
}

/// [remove_open311_server]
pub fn remove_open311_server(body: &str) -> impl Future<Output = Result<(), ApiError>> + use<> {
    Call::delete(format!("/desk/bodies/{body}/open311")).done()
}

/// [sync_open311_services]
pub fn sync_open311_services(body: &str) -> impl Future<Output = Result<(), ApiError>> + use<> {
    Call::post(format!("/desk/bodies/{body}/open311/sync")).done()
}
