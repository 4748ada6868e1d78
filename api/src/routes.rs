//! Every address prefix and the feature that owns it.

use actix_web::web;
use utoipa_actix_web::scope::scope;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    alerts, api_keys, auth, bodies, categories, confirmations, delivery, desk, embeds, exports, feeds, http,
    mail_feedback, map, ogc, open311, photos, places, reports, stats, updates, users, webhooks,
};

/// The whole API. Literal paths stand before those with a parameter in the same place.
pub fn configure(cfg: &mut ServiceConfig<'_>) {
    // Patterns are tried in turn.
    cfg.configure(map::configure_tiles)
        .service(http::health::get_health)
        .service(http::health::get_readiness)
        .service(
            scope("/api/v1")
                .service(http::site::get_config)
                .configure(map::configure)
                .configure(places::configure)
                .configure(categories::configure)
                .configure(bodies::configure)
                .configure(photos::configure)
                .configure(exports::configure)
                .configure(stats::configure)
                .configure(embeds::configure)
                .configure(reports::configure)
                .configure(updates::configure)
                .configure(exports::made::configure)
                .configure(alerts::configure)
                .configure(confirmations::configure)
                .configure(auth::configure)
                .configure(users::configure)
                .configure(delivery::open311::configure)
                .configure(desk::configure)
                .configure(api_keys::configure)
                .configure(webhooks::configure)
                .configure(mail_feedback::configure),
        )
        .service(scope("/photos").configure(photos::configure_files))
        .service(scope("/feeds").configure(feeds::configure));
}

/// The Open311 server, which has a description of its own.
pub fn configure_open311(cfg: &mut ServiceConfig<'_>) {
    cfg.service(scope("/open311/v2").configure(open311::configure));
}

/// OGC API Features, whose description is made of its own table.
pub fn configure_ogc(cfg: &mut web::ServiceConfig) {
    cfg.service(web::scope("/ogc").configure(ogc::configure));
}
