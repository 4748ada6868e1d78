//! Every limit a caller can run into, named in one place and used by the API and the browser alike.

/// Photos on one report or update.
pub const PHOTOS_PER_REPORT: usize = 6;
/// Bytes of one uploaded photo (15 MB).
pub const PHOTO_BYTES: usize = 15 * 1024 * 1024;
/// Pixels of one uploaded photo: a 50 megapixel phone picture passes, a decompression bomb does not.
pub const PHOTO_PIXELS: u64 = 52_000_000;
/// Longest edge, in pixels, of one uploaded photo: a wide panorama passes, a thread a pixel high does not.
pub const PHOTO_EDGE: u32 = 20_000;
/// Longest edge, in pixels, of the largest stored size of a photo.
pub const PHOTO_FULL_EDGE: u32 = 2048;
/// Longest edge, in pixels, of the size shown on a page.
pub const PHOTO_PAGE_EDGE: u32 = 800;
/// Longest edge, in pixels, of the size shown in lists.
pub const PHOTO_THUMB_EDGE: u32 = 250;

/// Characters of a report's title.
pub const TITLE_CHARS: usize = 120;
/// Characters of a report's details.
pub const DETAIL_CHARS: usize = 4_000;
/// Characters of an update's text.
pub const UPDATE_CHARS: usize = 4_000;
/// Characters of a private note.
pub const NOTE_CHARS: usize = 4_000;
/// Characters of a person's name.
pub const NAME_CHARS: usize = 80;
/// Characters of an e-mail address (RFC 5321, 4.5.3.1.3, without the angle brackets).
pub const EMAIL_CHARS: usize = 254;
/// Characters of a telephone number as typed.
pub const PHONE_CHARS: usize = 30;
/// Characters of one answer to an extra question.
pub const ANSWER_CHARS: usize = 1_000;
/// Characters of a search text.
pub const SEARCH_CHARS: usize = 200;
/// Fewest characters of a password (NIST SP 800-63B asks for at least eight; length is what helps).
pub const PASSWORD_MIN_CHARS: usize = 10;
/// Most characters of a password: hashing costs the server time.
pub const PASSWORD_MAX_CHARS: usize = 200;
/// Characters of an `Idempotency-Key` header.
pub const IDEMPOTENCY_KEY_CHARS: usize = 128;

/// Rows of one page of a list when the caller names no number.
pub const PAGE_DEFAULT: u32 = 25;
/// Most rows of one page of a list.
pub const PAGE_MAX: u32 = 100;
/// Most features of one page of `reports.geojson` and `reports.geojsonl`.
pub const FEATURES_PER_PAGE: u32 = 5_000;
/// Positions of a polygon by which reports are chosen: it fits into [`JSON_BODY_BYTES`].
pub const POLYGON_VERTICES: usize = 5_000;
/// Most reports of an export that is answered at once; one with more is made by the worker.
pub const EXPORT_AT_ONCE: i64 = 5_000;
/// Hours for which an export that was made can be fetched.
pub const EXPORT_HOURS: i64 = 24;
/// Minutes for which whoever asks for the same export gets the one that was made already.
pub const EXPORT_FRESH_MINUTES: i64 = 60;
/// Exports that may wait or be under way at once, of everybody together.
pub const EXPORTS_WAITING: i64 = 20;
/// Bytes of all exports that are kept, of everybody together (20 GB): nobody fills the disk with them.
pub const EXPORTS_BYTES: i64 = 20_000_000_000;
/// Days after which a body's page counts a report as waiting for an answer.
pub const ANSWER_DAYS: i64 = 14;
/// Entries of a feed.
pub const FEED_ENTRIES: i64 = 50;
/// Places in one answer of a search.
pub const PLACES_PER_SEARCH: usize = 10;

/// Similar reports offered before submitting.
pub const SIMILAR_MAX: usize = 5;
/// Metres around a point in which a report counts as similar, for residents.
pub const SIMILAR_METRES: f64 = 250.0;
/// Metres around a point in which a report counts as similar, for staff.
pub const SIMILAR_METRES_STAFF: f64 = 1_000.0;
/// Metres within which the nearest ward stands in for the ward of a point that lies in none (tidal rivers, bridges).
pub const NEAREST_WARD_METRES: f64 = 300.0;
/// Metres within which a street counts as a point's street.
pub const NEAREST_STREET_METRES: f64 = 500.0;

/// Deepest zoom of the map.
pub const MAP_ZOOM_MAX: u8 = 20;
/// The zoom from which reports are pins where they fit; at smaller ones they are counted into clusters, but for those alone
/// in their cell.
pub const MAP_PIN_ZOOM: u8 = 14;
/// Most pins in a tile, up to [`MAP_CLOSE_ZOOM`]; a tile with more is counted into clusters.
pub const MAP_TILE_PINS: i64 = 100;
/// The closest zoom at which a map is looked at: a tile is as wide as a few houses, and shows a pin for each report unless there
/// are more than [`MAP_CLOSE_TILE_PINS`].
pub const MAP_CLOSE_ZOOM: u8 = 19;
/// Most pins in a tile from [`MAP_CLOSE_ZOOM`] on.
pub const MAP_CLOSE_TILE_PINS: i64 = 500;
/// Months back of which a map can show the reports alone; the month that has begun comes on top.
pub const MAP_AGES: [u16; 5] = [1, 3, 6, 12, 24];
/// Characters of a category's code or group in a map's filter.
pub const MAP_CATEGORY_CHARS: usize = 100;
/// Reports a live map is told of one by one; where more changed at once, it is told to look at everything anew.
pub const LIVE_AT_ONCE: usize = 1_000;

/// Most requests in one answer of the Open311 server (GeoReport v2, GET Service Requests).
pub const OPEN311_REQUESTS: i64 = 1_000;
/// How deep the pages of such a list go.
pub const OPEN311_DEEPEST: i64 = 100_000;
/// Days such a list covers at most (GeoReport v2, GET Service Requests).
pub const OPEN311_DAYS: i64 = 90;
/// Metres around a point, where a caller names none.
pub const OPEN311_METRES: f64 = 750.0;
/// Most metres around a point.
pub const OPEN311_METRES_MAX: f64 = 50_000.0;
/// Characters of another system's own number of a report, an update, an account or a device.
pub const OPEN311_ID_CHARS: usize = 255;

/// Features of one page of OGC API Features, where a caller names no number.
pub const OGC_PAGE: i64 = 1_000;
/// Most features of such a page; who asks for more gets as many.
pub const OGC_PAGE_MAX: i64 = 10_000;
/// Most areas and bodies of such a page: an outline can be a hundred kilobytes.
pub const OGC_OUTLINES_MAX: i64 = 100;
/// Most features that are counted for one answer; of more it is not told how many match.
pub const OGC_COUNT_MAX: i64 = 50_000;
/// Characters of a filter in CQL2.
pub const OGC_FILTER_CHARS: usize = 8_000;
/// How deep a filter may be nested.
pub const OGC_FILTER_DEPTH: usize = 32;
/// How deep the brackets of a filter may be nested, those of geometries and around single comparisons among them.
pub const OGC_FILTER_BRACKETS: usize = 64;
/// Comparisons of one filter, those of its lists counted singly.
pub const OGC_FILTER_TERMS: usize = 500;
/// Steps the parser of CQL2 in text may take, which is many times what a filter of [`OGC_FILTER_CHARS`] needs.
pub const OGC_FILTER_STEPS: usize = 2_000_000;
/// Metres after which an edge drawn in a projection gets another corner on its way to degrees, where it is bent.
pub const OGC_EDGE_METRES: f64 = 1_000.0;
/// Most corners that are given to one geometry so.
pub const OGC_CORNERS: usize = 20_000;

/// Seconds an access token is valid.
pub const ACCESS_TOKEN_SECONDS: i64 = 15 * 60;
/// Days a refresh cookie is valid without being used.
pub const REFRESH_DAYS: i64 = 28;
/// Days the link that confirms a report or an update is valid.
pub const CONFIRM_LINK_DAYS: i64 = 30;
/// Days a sign-in link is valid; it works once.
pub const SIGN_IN_LINK_DAYS: i64 = 1;
/// Hours in which the same `Idempotency-Key` answers the same result.
pub const IDEMPOTENCY_HOURS: i64 = 24;
/// Bytes of a JSON request body.
pub const JSON_BODY_BYTES: usize = 256 * 1024;

/// Keys for other systems that a body may have at once.
pub const API_KEYS_PER_BODY: i64 = 50;
/// Characters of the name of such a key.
pub const API_KEY_NAME_CHARS: usize = 80;
/// Webhooks a body may have.
pub const WEBHOOKS_PER_BODY: i64 = 20;
/// Characters of a webhook's address.
pub const WEBHOOK_URL_CHARS: usize = 2_000;
/// Seconds in which a webhook's server must have answered.
pub const WEBHOOK_SECONDS: u64 = 15;
/// Bytes of a webhook server's answer that are read.
pub const WEBHOOK_ANSWER_BYTES: u64 = 4 * 1024;
/// Characters of a webhook server's answer that are kept and shown.
pub const WEBHOOK_WORDS_CHARS: usize = 300;
/// Days of nothing but failure after which a webhook is switched off.
pub const WEBHOOK_FAILING_DAYS: i64 = 5;
/// Hours in which calls are signed with a webhook's last secret too, once it has a new one.
pub const WEBHOOK_OLD_SECRET_HOURS: i64 = 24;
/// Days for which webhooks can be told again what happened.
pub const EVENT_LOG_DAYS: i64 = 30;
/// Events one request can have told again.
pub const WEBHOOK_REPLAY_EVENTS: i64 = 10_000;
