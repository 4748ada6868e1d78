//! A call as it came: who makes it, in which format it is answered, and its parameters.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpRequest, HttpResponse, web};
use diesel::pg::PgConnection;
use mendmap_shared::error::ErrorCode;
use serde::Serialize;

use super::fault::{Fault, Refusal};
use super::format::Format;
use super::queries::{self, Jurisdiction};
use crate::app::App;
use crate::db::Freshness;
use crate::error::ApiError;
use crate::http::client_address::ClientAddress;
use crate::http::etag::{self, Keep};
use crate::http::rate_limit::Door;

/// A call. Reading it counts it: the address may call so often.
pub struct Call {
    /// The state of the process.
    pub app: web::Data<App>,
    /// How it is answered.
    pub format: Format,
    /// Who calls.
    pub address: ClientAddress,
    /// What stands behind the question mark; what is empty counts as absent.
    pub parameters: Parameters,
    freshness: Freshness,
    request: HttpRequest,
}

impl FromRequest for Call {
    type Error = Refusal;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Refusal>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let ending = request.match_info().get("format");
            let Some(format) = ending.map_or(Some(Format::Json), Format::of) else {
                return Err(Fault::unknown("Answers end in .xml or .json.").told_in(Format::Json));
            };
            let told = |error: ApiError| Fault::from(error).told_in(format);
            let app = request.app_data::<web::Data<App>>().ok_or_else(|| told(ErrorCode::Internal.into()))?.clone();
            let address = ClientAddress::extract(&request).await.map_err(told)?;
            app.limits.check(Door::Open311, address).map_err(told)?;
            let parameters = Parameters::read(request.query_string()).map_err(|fault| fault.told_in(format))?;
            let Ok(freshness) = Freshness::extract(&request).await;
            Ok(Self { app, format, address, parameters, freshness, request })
        })
    }
}

impl Call {
    /// Does the work and answers in the asked format, with an `ETag`.
    ///
    /// # Errors
    /// What the work fails with, in that format.
    pub async fn answer<T: Serialize>(
        &self,
        root: &str,
        work: impl Future<Output = Result<T, Fault>>,
    ) -> Result<HttpResponse, Refusal> {
        let body = self.written(root, work.await)?;
        // A change is to be seen at once by whoever made it.
        let sent = etag::bytes(&self.request, body, self.format.content_type(), Keep::Public(0));
        sent.map_err(|error| Fault::from(error).told_in(self.format))
    }

    /// The same for what was written: nothing on the way keeps the answer.
    ///
    /// # Errors
    /// What the work fails with, in that format.
    pub async fn created<T: Serialize>(
        &self,
        root: &str,
        work: impl Future<Output = Result<T, Fault>>,
    ) -> Result<HttpResponse, Refusal> {
        let body = self.written(root, work.await)?;
        let mut response = HttpResponse::Created();
        response.insert_header(("Cache-Control", "no-store")).content_type(self.format.content_type());
        Ok(response.body(body))
    }

    fn written<T: Serialize>(&self, root: &str, done: Result<T, Fault>) -> Result<Vec<u8>, Refusal> {
        let body = done.and_then(|answer| Ok(self.format.write(root, &answer).map_err(ApiError::internal)?));
        body.map_err(|fault| fault.told_in(self.format))
    }

    /// Reads from the database; a fault of the work comes out as it is. Who asks for a span of time gets all there is of it:
    /// they go on from its end, and would never see what came late.
    ///
    /// # Errors
    /// What the work fails with, or the database.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut PgConnection) -> Result<T, Fault> + Clone + Send + 'static,
    ) -> Result<T, Fault> {
        let spans = ["start_date", "end_date", "updated_after"];
        let freshness = if spans.iter().any(|name| self.parameters.one(name).is_some()) {
            Freshness::Current
        } else {
            self.freshness
        };
        self.app.db.read_as(freshness, move |conn| Ok(work(conn)?)).await.map_err(Into::into)
    }

    /// The jurisdiction that the parameters name, that of the settings, or the whole site.
    ///
    /// # Errors
    /// Where there is no such jurisdiction.
    pub async fn jurisdiction(&self) -> Result<Option<Jurisdiction>, Fault> {
        let named = self.parameters.one("jurisdiction_id").map(ToOwned::to_owned);
        let Some(slug) = named.or_else(|| self.app.config.site.open311_jurisdiction.clone()) else { return Ok(None) };
        self.read(move |conn| Ok(Some(queries::jurisdiction(conn, &slug)?))).await
    }

    /// The key in the head of the call.
    #[must_use]
    pub fn bearer(&self) -> Option<&str> {
        self.header(AUTHORIZATION.as_str())?.strip_prefix("Bearer ").map(str::trim)
    }

    /// A field of the call's head.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.request.headers().get(name)?.to_str().ok()
    }

    /// A part of the address.
    #[must_use]
    pub fn part(&self, name: &str) -> String {
        self.request.match_info().query(name).to_owned()
    }

    /// The site's address, as it stands in what is sent out.
    #[must_use]
    pub fn base_url(&self) -> String {
        self.app.config.http.base_url()
    }
}

/// Names and values, as they came, without those that are empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Reads what is url-encoded.
    ///
    /// # Errors
    /// A value that no text of ours can hold.
    pub fn read(encoded: &str) -> Result<Self, Fault> {
        Self::of(url::form_urlencoded::parse(encoded.as_bytes()).into_owned())
    }

    /// Takes pairs as they are.
    ///
    /// # Errors
    /// A value that no text of ours can hold.
    pub fn of(pairs: impl Iterator<Item = (String, String)>) -> Result<Self, Fault> {
        let pairs: Vec<_> = pairs.filter(|(_, value)| !value.trim().is_empty()).collect();
        // PostgreSQL knows no text with a NUL in it.
        match pairs.iter().find(|(name, value)| value.contains('\0') || name.contains('\0')) {
            Some((name, _)) => Err(Fault::bad(format!("{}: this text has a NUL in it.", name.replace('\0', "")))),
            None => Ok(Self(pairs)),
        }
    }

    /// The first value of this name, trimmed.
    #[must_use]
    pub fn one(&self, name: &str) -> Option<&str> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| value.trim())
    }

    /// Every value of this name, trimmed: some repeat a name for several values.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.trim())
    }

    /// The items of a list separated by commas.
    #[must_use]
    pub fn list(&self, name: &str) -> Vec<String> {
        let items = self.all(name).flat_map(|value| value.split(',')).map(str::trim);
        items.filter(|item| !item.is_empty()).map(ToOwned::to_owned).collect()
    }

    /// Whether the value says yes.
    #[must_use]
    pub fn flag(&self, name: &str) -> bool {
        self.one(name).is_some_and(|value| matches!(value.to_lowercase().as_str(), "true" | "1" | "yes" | "v"))
    }

    /// A number.
    ///
    /// # Errors
    /// Where it is none.
    pub fn number<T: std::str::FromStr>(&self, name: &str) -> Result<Option<T>, Fault> {
        let read = |value: &str| value.parse().map_err(|_| Fault::bad(format!("{name} is a number.")));
        self.one(name).map(read).transpose()
    }

    /// All pairs.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// What a key lets its holder do, once it was found.
///
/// # Errors
/// Where the key does not hold.
pub fn check_key(conn: &mut PgConnection, key: Option<&str>) -> Result<crate::api_keys::queries::ApiKey, Fault> {
    let key = key.ok_or_else(|| Fault::key("An api_key is needed."))?;
    let found = crate::api_keys::queries::find(conn, key)?;
    let found = found.ok_or_else(|| Fault::key("This api_key is not known, or was revoked."))?;
    crate::api_keys::queries::used(conn, found.id)?;
    Ok(found)
}
