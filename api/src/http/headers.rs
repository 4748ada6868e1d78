//! Security headers of every answer, and who else may read the API from a browser.

use actix_cors::Cors;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_REQUEST_METHOD, CONTENT_SECURITY_POLICY, HeaderName, HeaderValue,
    X_FRAME_OPTIONS,
};
use actix_web::middleware::{DefaultHeaders, Next};
use actix_web::{Error, http::Method};

use crate::embeds::rules::EMBED_PAGE;

/// What an answer that is no page may load: nothing.
const API_POLICY: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// The one style element that Swagger UI's script writes into its page.
const SWAGGER_STYLE: &str = "'sha256-RL3ie0nH+Lzz2YNqQN83mnU0J1ot4QL7b99vMdIX99w='";

/// What is asked by POST because a polygon does not fit into an address. It is reading, and other sites' pages may do so too.
const ASKED_BY_POST: [&str; 3] = ["/api/v1/reports.geojson", "/api/v1/reports.geojsonl", "/api/v1/stats/reports"];

/// What the app may load: itself, its WebAssembly, photos, and the configured base map.
#[must_use]
pub fn app_policy(tiles_url: Option<&str>) -> String {
    let tiles = tiles_url
        .and_then(|url| url::Url::parse(&url.replace(['{', '}'], "x")).ok())
        .map(|url| format!(" {}", url.origin().ascii_serialization()))
        .unwrap_or_default();
    format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:{tiles}; \
         connect-src 'self'; font-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; \
         frame-ancestors 'none'"
    )
}

/// The same for the one page that every site may show in a frame: it does nothing in anybody's name, and all its links open
/// elsewhere.
#[must_use]
pub fn embed_policy(tiles_url: Option<&str>) -> String {
    app_policy(tiles_url).replace("frame-ancestors 'none'", "frame-ancestors *")
}

/// The headers every answer carries unless its handler says otherwise.
#[must_use]
pub fn defaults() -> DefaultHeaders {
    DefaultHeaders::new()
        .add((CONTENT_SECURITY_POLICY, API_POLICY))
        .add(("X-Content-Type-Options", "nosniff"))
        .add(("Referrer-Policy", "strict-origin-when-cross-origin"))
        .add(("Permissions-Policy", "geolocation=(self), camera=(), microphone=(), payment=(), usb=()"))
        .add(("Cross-Origin-Opener-Policy", "same-origin"))
}

/// What depends on the site or the address: browsers keep to https where the site is reached by it, the API's own
/// documentation is a page, one page may be framed, and some questions of other sites' pages come by POST.
///
/// # Errors
/// What the handler returns.
pub async fn by_address<B: MessageBody>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let app = request.app_data::<actix_web::web::Data<crate::app::App>>();
    let https = app.is_some_and(|app| app.config.http.base_url().starts_with("https://"));
    let is_documentation = request.path().starts_with("/api/docs/");
    let may_be_framed = request.path() == EMBED_PAGE;
    let is_question = is_preflight_of_a_question(&request);
    if is_question {
        // What answers preflights has the same methods for all addresses; whether they may read is what is to be known here.
        request.headers_mut().insert(ACCESS_CONTROL_REQUEST_METHOD, HeaderValue::from_static("GET"));
    }
    let mut response = next.call(request).await?;
    let may_be_posted = is_question && response.status().is_success();
    let headers = response.headers_mut();
    if may_be_posted {
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, HEAD, POST"));
    }
    if https {
        let two_years = HeaderValue::from_static("max-age=63072000; includeSubDomains");
        headers.insert(HeaderName::from_static("strict-transport-security"), two_years);
    }
    if !may_be_framed {
        headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    }
    if is_documentation {
        let policy = app_policy(None).replace("style-src 'self'", &format!("style-src 'self' {SWAGGER_STYLE}"));
        if let Ok(policy) = HeaderValue::from_str(&policy) {
            headers.insert(CONTENT_SECURITY_POLICY, policy);
        }
    }
    Ok(response)
}

/// Whether a browser wants to know if another site's page may ask by POST where that only reads.
fn is_preflight_of_a_question(request: &ServiceRequest) -> bool {
    request.method() == Method::OPTIONS
        && ASKED_BY_POST.contains(&request.path())
        && request.headers().get(ACCESS_CONTROL_REQUEST_METHOD).is_some_and(|method| method == "POST")
}

/// Any site may read public answers from its visitors' browsers; nobody's cookies travel with that.
pub fn cors() -> Cors {
    Cors::default()
        .allow_any_origin()
        .send_wildcard()
        .allowed_methods([Method::GET, Method::HEAD])
        .allowed_headers(["If-None-Match", "Accept", "Content-Type"])
        .expose_headers([
            "Content-Crs",
            "ETag",
            "Link",
            "Retry-After",
            "X-Changes-Cursor",
            "X-Next-Cursor",
            "X-Request-Id",
        ])
        .max_age(86_400)
}
