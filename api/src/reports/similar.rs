//! Similar reports, offered before another one of the same thing is made.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Double, Text};
use mendmap_shared::geo::LonLat;
use mendmap_shared::limits::SIMILAR_MAX;

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Double)]
    distance: f64,
}

/// Numbers of similar reports with their distance in metres, best first.
///
/// # Errors
/// From the database.
pub fn similar(
    conn: &mut PgConnection,
    point: LonLat,
    metres: f64,
    group: &str,
    title: &str,
) -> QueryResult<Vec<(i64, f64)>> {
    let rows: Vec<Found> = diesel::sql_query(include_str!("similar.sql"))
        .bind::<Double, _>(point.lon())
        .bind::<Double, _>(point.lat())
        .bind::<Double, _>(metres)
        .bind::<Text, _>(group)
        .bind::<Text, _>(title)
        .bind::<BigInt, _>(i64::try_from(SIMILAR_MAX).unwrap_or(i64::MAX))
        .load(conn)?;
    Ok(rows.into_iter().map(|row| (row.id, row.distance)).collect())
}
