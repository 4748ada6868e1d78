//! Who receives the demo's reports.

use diesel::prelude::*;
use mendmap_shared::standard_categories::StandardCategory;

use super::borough;
use crate::bodies::councils::{add_body, add_categories};
use crate::schema::areas;

/// What the county deals with besides the council. It alone gets the potholes; the rest goes to both.
const COUNTY_CODES: [&str; 3] = ["potholes", "signs", "drains"];

/// The demo borough's two bodies over one area: its council, and the county's highways.
///
/// # Errors
/// When the borough is not there, or from the database.
pub fn demo_bodies(conn: &mut PgConnection) -> QueryResult<()> {
    let council: i64 = areas::table
        .filter(areas::kind.eq("council"))
        .filter(areas::name.eq(borough::NAME))
        .select(areas::id)
        .first(conn)?;
    let body = add_body(conn, "wrenmouth", "Wrenmouth Borough Council", council)?;
    add_categories(conn, body, |_| true, |_| false)?;
    let body = add_body(conn, "wrenshire-highways", "Wrenshire Highways", council)?;
    let county = |category: &StandardCategory| COUNTY_CODES.contains(&category.code);
    add_categories(conn, body, county, |category| category.code == COUNTY_CODES[0])
}
