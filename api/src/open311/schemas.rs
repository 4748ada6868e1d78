//! What is posted, for the description of the API alone: forms are read field by field.
#![allow(dead_code, reason = "the description is made of them")]

use utoipa::ToSchema;

/// A report that is sent.
#[derive(ToSchema)]
pub struct NewRequest {
    /// The key; or in the head of the call, as `Authorization: Bearer`.
    api_key: Option<String>,
    /// Slug of a body; where it is left out, the key's.
    #[schema(example = "newport")]
    jurisdiction_id: Option<String>,
    /// Code of the service.
    #[schema(example = "potholes")]
    service_code: String,
    /// Degrees north, WGS 84. Instead of both, `address_string` or `address_id`.
    #[schema(example = 51.5842)]
    lat: Option<f64>,
    /// Degrees east, WGS 84.
    #[schema(example = -2.9977)]
    long: Option<f64>,
    /// A place as people write it.
    #[schema(example = "Commercial Street, Newport")]
    address_string: Option<String>,
    /// An address in the register that was imported (its UPRN in the United Kingdom).
    address_id: Option<String>,
    /// What is the matter, at most 4,000 characters, no HTML.
    #[schema(example = "Deep pothole by the bus stop. It grows.")]
    description: Option<String>,
    /// One line; where it is left out, the first sentence of the description.
    title: Option<String>,
    /// The person's address. Needed where the key is not trusted: it gets the mail that asks to confirm.
    email: Option<String>,
    /// The person's name; never public.
    first_name: Option<String>,
    /// The person's name; never public.
    last_name: Option<String>,
    /// Telephone number, for the body alone.
    phone: Option<String>,
    /// The sender's own name for the device, at most 255 characters.
    device_id: Option<String>,
    /// The sender's own name for the account, at most 255 characters.
    account_id: Option<String>,
    /// Address of a picture; may be repeated, at most six pictures in all. It is fetched later.
    media_url: Option<String>,
    /// An answer, one such field for each question; repeated, or written with `[]` behind it, for several choices. The sender's
    /// own number of the report is `attribute[external_id]`.
    #[schema(rename = "attribute[depth]", example = "12")]
    attribute: Option<String>,
}

/// An update that is sent.
#[derive(ToSchema)]
pub struct NewRequestUpdate {
    /// The key; or in the head of the call, as `Authorization: Bearer`.
    api_key: Option<String>,
    /// Slug of a body; where it is left out, the key's.
    #[schema(example = "newport")]
    jurisdiction_id: Option<String>,
    /// Number of the report.
    #[schema(example = "1204")]
    service_request_id: String,
    /// The sender's own number of the update: sent again, it changes nothing.
    #[schema(example = "w-77")]
    update_id: String,
    /// `unchanged`, `open`, `closed` or one of the extended words.
    #[schema(example = "IN_PROGRESS")]
    status: String,
    /// When it happened.
    #[schema(example = "2026-03-01T10:00:00Z")]
    updated_datetime: String,
    /// What is said; needed where the status is unchanged.
    #[schema(example = "Our crew is on site.")]
    description: Option<String>,
    /// The resident who speaks. Without a name and an address, the body itself does.
    first_name: Option<String>,
    /// The resident who speaks.
    last_name: Option<String>,
    /// The resident who speaks.
    email: Option<String>,
    /// `TRUE` keeps the resident's name off the public page.
    public_anonymity_required: Option<String>,
}
