//! A report that somebody's system sends, by the same rules and to the same bodies as on the site.

use actix_web::{HttpResponse, get, post, web};
use diesel::prelude::*;
use mendmap_shared::error::FieldCode;
use mendmap_shared::geo::LonLat;
use mendmap_shared::limits::{DETAIL_CHARS, OPEN311_ID_CHARS, PHOTOS_PER_REPORT, TITLE_CHARS};
use mendmap_shared::text::{PersonName, SearchText};
use mendmap_shared::wire::photos::PhotoId;
use mendmap_shared::wire::reports::{NewAuthor, NewReport};
use mendmap_shared::workflow::Visibility;
use serde_json::Value;

use super::attributes::attributes;
use super::call::{Call, check_key};
use super::fault::{Fault, Refusal};
use super::form::{Posted, content};
use super::format::Format;
use super::markup::has_markup;
use super::queries;
use super::services::{point, unknown_service};
use super::wire::{ErrorItem, Receipt, RequestId};
use crate::api_keys::queries::ApiKey;
use crate::db::Stored;
use crate::error::{ApiError, ApiResult};
use crate::http::idempotency::IdempotencyKey;
use crate::http::rate_limit::Door;
use crate::photos;
use crate::places;
use crate::places::rules::Wanted;
use crate::reports::create::{self, Sender};
use crate::schema::{received_requests, reports};

/// What was posted, understood as far as that needs no database.
struct Understood {
    location: Option<LonLat>,
    address_string: Option<String>,
    address_id: Option<String>,
    new: NewReport,
    media_urls: Vec<String>,
    external_id: Option<String>,
    account_id: Option<String>,
    device_id: Option<String>,
}

/// Makes a report. It is published at once and its number comes back where the key is trusted to know its people; otherwise a
/// mail asks the person to confirm, and a token comes back. Sending again with the same `Idempotency-Key`, or the same own
/// number in `attribute[external_id]`, does nothing twice.
#[utoipa::path(operation_id = "create_request", tag = "requests", path = "/requests.{format}",
    params(("format" = inline(Format), Path, description = "How it is answered", example = "json"),
        ("Idempotency-Key" = Option<String>, Header, description = "A random text made once per request")),
    request_body(content = super::schemas::NewRequest, content_type = "application/x-www-form-urlencoded"),
    responses((status = 201, body = Vec<Receipt>), (status = 400, body = Vec<ErrorItem>), (status = 403, body = Vec<ErrorItem>), (status = 404, body = Vec<ErrorItem>)),
    security(("key" = [])))]
#[post("/requests.{format:xml|json}")]
pub async fn create_request(posted: Posted) -> Result<HttpResponse, Refusal> {
    let Posted { call, pictures, digest } = posted;
    call.created("service_requests", async {
        let given = call.parameters.one("api_key").or_else(|| call.bearer()).map(ToOwned::to_owned);
        let key = call.app.db.write(move |conn| Ok(check_key(conn, given.as_deref())?)).await?;
        call.app.limits.check_account(Door::Open311Write, &key.id.to_string())?;
        let jurisdiction = call.jurisdiction().await?;
        if jurisdiction.is_some_and(|known| known.body_id != key.body_id) {
            return Err(Fault::key("This api_key is for another jurisdiction."));
        }
        let mut understood = understand(&call, pictures.len())?;
        understood.new.photos = keep(&call, key, pictures).await?;
        let own = call.header("idempotency-key").map(IdempotencyKey::read).transpose()?;
        let (app, near) = (call.app.clone(), call.app.map_centre());
        let write = move |conn: &mut PgConnection| -> ApiResult<Value> {
            let receipt = |conn: &mut PgConnection| Ok(vec![take(conn, &app.keys, understood, key, near)?]);
            match own {
                Some(own) => {
                    let scope = format!("create_request key {}", key.id);
                    Ok(own.once(conn, &scope, &digest, receipt)?.into_body())
                }
                None => serde_json::to_value(receipt(conn)?).map_err(ApiError::internal),
            }
        };
        Ok(call.app.db.write(write).await?)
    })
    .await
}

/// A number for a token: once the report is published, and never where nobody may see it.
#[utoipa::path(operation_id = "get_request_id", tag = "requests",
    params(("token" = String, Path, description = "As it came back"), ("format" = inline(Format), Path, description = "How it is answered", example = "json"),
        ("jurisdiction_id" = Option<String>, Query, description = "Slug of a body", example = "newport")),
    responses((status = 200, body = Vec<RequestId>), (status = 404, body = Vec<ErrorItem>)))]
#[get("/tokens/{token}.{format}")]
pub async fn get_request_id(call: Call) -> Result<HttpResponse, Refusal> {
    call.answer("service_requests", async {
        call.jurisdiction().await?;
        let unknown = || Fault::unknown("There is no request with this token.");
        let token = call.part("token");
        let number = call.app.keys.check_request_token(&token).ok_or_else(unknown)?;
        let visibility = call
            .read(move |conn| {
                reports::table
                    .find(number)
                    .select(reports::visibility)
                    .first::<Stored<Visibility>>(conn)
                    .optional()?
                    .ok_or_else(unknown)
            })
            .await?;
        let service_request_id = (visibility.0 == Visibility::Published).then(|| number.to_string());
        Ok(vec![RequestId { service_request_id, token }])
    })
    .await
}

/// Reads what was posted; nothing is looked up yet.
fn understand(call: &Call, pictures: usize) -> Result<Understood, Fault> {
    let form = &call.parameters;
    let code = form.one("service_code").ok_or_else(|| Fault::bad("A service_code is needed."))?;
    let location = point(form)?;
    let (address_string, address_id) = (form.one("address_string"), form.one("address_id"));
    if location.is_none() && address_string.is_none() && address_id.is_none() {
        return Err(Fault::bad("A place is needed: lat and long, address_string or address_id."));
    }
    let said = attributes(form);
    let typed = form.one("description").or_else(|| said.hidden(&["detail", "description"]));
    // The standard asks for no words. A report has some: those of its service.
    let detail = typed.unwrap_or_default();
    if has_markup(detail) {
        return Err(Fault::bad("description: HTML is not taken."));
    }
    if detail.chars().count() > DETAIL_CHARS {
        return Err(Fault::bad(format!("description has at most {DETAIL_CHARS} characters.")));
    }
    let title = form.one("title").or_else(|| said.hidden(&["title"]));
    if title.is_some_and(has_markup) {
        return Err(Fault::bad("title: HTML is not taken."));
    }
    let media_urls: Vec<String> = form.all("media_url").chain(form.all("media_url[]")).map(ToOwned::to_owned).collect();
    if media_urls.len() + pictures > PHOTOS_PER_REPORT {
        return Err(Fault::bad(format!("{PHOTOS_PER_REPORT} pictures at most.")));
    }
    for address in &media_urls {
        call.app.outbound.check(address).map_err(|error| Fault::bad(format!("media_url: {error}.")))?;
    }
    let name = [form.one("first_name"), form.one("last_name")].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let bounded = |name: &str| match form.one(name) {
        Some(value) if value.chars().count() > OPEN311_ID_CHARS => {
            Err(Fault::bad(format!("{name} has at most {OPEN311_ID_CHARS} characters.")))
        }
        value => Ok(value.map(ToOwned::to_owned)),
    };
    if said.own.as_ref().is_some_and(|own| own.chars().count() > OPEN311_ID_CHARS) {
        return Err(Fault::bad(format!("external_id has at most {OPEN311_ID_CHARS} characters.")));
    }
    let line = first_line(title.unwrap_or(detail));
    // A service without words is known by its code until its name is looked up.
    let words = |text: &str| if text.is_empty() { code.to_owned() } else { text.to_owned() };
    Ok(Understood {
        location,
        address_string: address_string.map(ToOwned::to_owned),
        address_id: address_id.map(ToOwned::to_owned),
        new: NewReport {
            // Looked up where it is an address.
            location: location.map_or_else(|| LonLat::new(0.0, 0.0), Ok).map_err(ApiError::from)?,
            category: code.to_owned(),
            title: words(&line).parse().map_err(|code: FieldCode| Fault::bad(format!("title: {}", code.message())))?,
            detail: words(detail)
                .parse()
                .map_err(|code: FieldCode| Fault::bad(format!("description: {}", code.message())))?,
            answers: said.answers.clone(),
            photos: Vec::new(),
            anonymous: true,
            author: Some(NewAuthor {
                name: parsed::<PersonName>("first_name, last_name", Some(&name).filter(|name| !name.is_empty()))?,
                email: parsed("email", form.one("email"))?,
                phone: parsed("phone", form.one("phone"))?,
            }),
        },
        media_urls,
        external_id: said.own,
        account_id: bounded("account_id")?,
        device_id: bounded("device_id")?,
    })
}

/// A text as one of its kinds, if it is there.
///
/// # Errors
/// Where it breaks the kind's rule.
pub fn parsed<T: std::str::FromStr<Err = FieldCode>>(
    name: &str,
    text: Option<impl AsRef<str>>,
) -> Result<Option<T>, Fault> {
    let read = |text: &str| text.parse().map_err(|code: FieldCode| Fault::bad(format!("{name}: {}", code.message())));
    text.map(|text| read(text.as_ref())).transpose()
}

/// The first line or sentence of a text, as long as a title may be.
fn first_line(text: &str) -> String {
    let line = text.trim().lines().next().unwrap_or_default().trim();
    let line = match line.find(". ") {
        Some(end) if end > 10 => &line[..end],
        _ => line,
    };
    if line.chars().count() <= TITLE_CHARS {
        return line.to_owned();
    }
    let cut: String = line.chars().take(TITLE_CHARS - 1).collect();
    let whole_words = cut.rsplit_once(' ').map_or(cut.as_str(), |(words, _)| words);
    format!("{}…", whole_words.trim_end())
}

/// Decodes and keeps the pictures that came along.
///
/// # Errors
/// Where one cannot be shown, or there is no room for it now.
pub async fn keep(call: &Call, key: ApiKey, pictures: Vec<std::fs::File>) -> Result<Vec<PhotoId>, Fault> {
    let mut kept = Vec::new();
    for picture in pictures {
        // Each costs as much as another request.
        call.app.limits.check_account(Door::Open311Write, &key.id.to_string())?;
        let place = call.app.photo_room.for_upload()?;
        let bytes = web::block(move || content(&picture)).await.map_err(ApiError::internal)?;
        let photo = photos::handlers::keep(&call.app, bytes.map_err(ApiError::internal)?.into(), place).await?;
        if !kept.contains(&photo.id) {
            kept.push(photo.id);
        }
    }
    Ok(kept)
}

/// Writes the report, unless its sender's own number is known: then it is answered as it was.
fn take(
    conn: &mut PgConnection,
    keys: &crate::auth::tokens::Keys,
    mut understood: Understood,
    key: ApiKey,
    near: LonLat,
) -> Result<Receipt, Fault> {
    if let Some(own) = &understood.external_id {
        // Two that send the same one at once follow each other.
        diesel::sql_query("SELECT pg_advisory_xact_lock(hashtextextended($1, $2))")
            .bind::<diesel::sql_types::Text, _>(own)
            .bind::<diesel::sql_types::BigInt, _>(key.body_id)
            .execute(conn)?;
        let known: Option<(i64, Stored<Visibility>)> = received_requests::table
            .inner_join(reports::table)
            .filter(received_requests::body_id.eq(key.body_id))
            .filter(received_requests::external_id.eq(own))
            .select((reports::id, reports::visibility))
            .first(conn)
            .optional()?;
        if let Some((id, visibility)) = known {
            return Ok(receipt(keys, id, visibility.0, "This was sent before."));
        }
    }
    understood.new.location = location(conn, &understood, near)?;
    let routes = queries::services(conn, Some(key.body_id), Some(understood.new.location))?;
    let Some(route) = routes.iter().find(|route| route.option.code == understood.new.category) else {
        let anywhere = queries::services(conn, Some(key.body_id), None)?;
        let exists = anywhere.iter().any(|route| route.option.code == understood.new.category);
        return Err(if exists {
            Fault::bad("This jurisdiction does not take this service at this place.")
        } else {
            unknown_service()
        });
    };
    // The code stood in for words that were not there.
    if understood.new.title.as_str() == understood.new.category
        && let Ok(name) = route.option.name.parse()
    {
        understood.new.title = name;
    }
    let taken =
        create::create(conn, &understood.new, Sender::Integrator { trusted: key.trusted }, &understood.media_urls)?;
    diesel::insert_into(received_requests::table)
        .values((
            received_requests::report_id.eq(taken.id),
            received_requests::body_id.eq(key.body_id),
            received_requests::external_id.eq(understood.external_id),
            received_requests::account_id.eq(understood.account_id),
            received_requests::device_id.eq(understood.device_id),
        ))
        .execute(conn)?;
    Ok(receipt(keys, taken.id, taken.visibility, ""))
}

fn receipt(keys: &crate::auth::tokens::Keys, id: i64, visibility: Visibility, said: &str) -> Receipt {
    let told = |text: &str| Some(if said.is_empty() { text.to_owned() } else { format!("{said} {text}") });
    let (service_request_id, token, service_notice) = match visibility {
        Visibility::Published => (Some(Some(id.to_string())), None, (!said.is_empty()).then(|| said.to_owned())),
        Visibility::Unconfirmed => {
            let notice = told("A mail is on its way; the request is published when its link is opened.");
            (None, Some(keys.request_token(id)), notice)
        }
        Visibility::Private | Visibility::Hidden => {
            (Some(None), None, told("Requests of this service are not public."))
        }
    };
    Receipt { service_request_id, token, service_notice, account_id: None }
}

/// Where it is: the point, or that of the address.
fn location(conn: &mut PgConnection, understood: &Understood, near: LonLat) -> Result<LonLat, Fault> {
    if let Some(point) = understood.location {
        return Ok(point);
    }
    if let Some(key) = &understood.address_id {
        let known = queries::address(conn, key)?.ok_or_else(|| Fault::bad("This address_id is not known here."))?;
        return Ok(crate::reports::models::lon_lat(&known)?);
    }
    let text = understood.address_string.as_deref().unwrap_or_default();
    let text: SearchText =
        text.parse().map_err(|code: FieldCode| Fault::bad(format!("address_string: {}", code.message())))?;
    let found = places::queries::search(conn, &Wanted::parse(text.as_str(), near), near)?;
    let best = found.into_iter().next().ok_or_else(|| Fault::bad("This address_string was not found here."))?;
    Ok(best.location)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_the_first_sentence_or_as_much_of_it_as_fits() {
        assert_eq!(first_line("Deep hole by the bus stop. It grows.\nMore"), "Deep hole by the bus stop");
        assert_eq!(first_line("One line\r\nand another"), "One line");
        let long = first_line(&"pothole ".repeat(40));
        assert!(long.chars().count() <= TITLE_CHARS && long.ends_with("pothole…"), "{long}");
        assert_eq!(first_line("  "), "");
    }
}
