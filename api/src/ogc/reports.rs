//! The collection of reports: where the properties of open data's records lie in the database, for whoever asks by them.

use super::collections::Property;
use crate::exports::record::{COUNT, PROPERTIES as TOLD};

/// Every status, as the workflow has them.
pub const STATUSES: [&str; 11] = [
    "open",
    "investigating",
    "action_scheduled",
    "in_progress",
    "fixed",
    "closed",
    "no_further_action",
    "not_responsible",
    "duplicate",
    "internal_referral",
    "cancelled",
];

const GROUPS: [&str; 3] = ["open", "fixed", "closed"];

const fn at(place: usize, sql: &'static str) -> Property {
    Property { told: TOLD[place], sql: Some(sql), words: &[] }
}

const fn made(place: usize) -> Property {
    Property { told: TOLD[place], sql: None, words: &[] }
}

/// The properties of a record, in its order.
pub const PROPERTIES: [Property; COUNT] = [
    at(0, "reports.id"),
    made(1),
    at(2, "reports.title"),
    at(3, "reports.detail"),
    at(4, "reports.category_code"),
    at(5, "reports.category_name"),
    at(6, "reports.category_group"),
    Property { words: &STATUSES, ..at(7, "reports.status") },
    Property { words: &GROUPS, ..at(8, "reports.status_group") },
    at(
        9,
        "(SELECT coalesce(string_agg(b.slug, ',' ORDER BY o.place), '') FROM unnest(reports.body_ids) WITH ORDINALITY AS o (id, place) \
         JOIN bodies b ON b.id = o.id)",
    ),
    at(
        10,
        "(SELECT a.name FROM report_areas o JOIN areas a ON a.id = o.area_id WHERE o.report_id = reports.id AND a.kind = 'ward' \
         ORDER BY a.id LIMIT 1)",
    ),
    at(
        11,
        "(SELECT a.name FROM report_areas o JOIN areas a ON a.id = o.area_id WHERE o.report_id = reports.id AND a.kind <> 'ward' \
         ORDER BY a.id LIMIT 1)",
    ),
    at(12, "reports.street"),
    at(13, "reports.created_at"),
    at(14, "reports.confirmed_at"),
    at(15, "reports.sent_at"),
    at(16, "reports.answered_at"),
    at(17, "reports.fixed_at"),
    at(18, "reports.closed_at"),
    at(19, "reports.updated_at"),
    at(20, "reports.supporter_count"),
    at(21, "reports.update_count"),
    at(22, "(SELECT count(*) FROM report_photos p WHERE p.report_id = reports.id)"),
    made(23),
    made(24),
    made(25),
    made(26),
];

#[cfg(test)]
mod tests {
    use mendmap_shared::workflow::{Status, StatusGroup};

    use super::*;

    #[test]
    fn the_words_of_a_status_are_the_workflows() {
        assert_eq!(STATUSES.to_vec(), Status::ALL.iter().map(|status| status.as_str()).collect::<Vec<_>>());
        assert_eq!(GROUPS.to_vec(), StatusGroup::ALL.iter().map(|group| group.as_str()).collect::<Vec<_>>());
    }

    #[test]
    fn every_property_is_asked_by_where_it_lies() {
        for (property, told) in PROPERTIES.iter().zip(TOLD) {
            assert_eq!(property.told, told);
        }
        let column =
            |name: &str| PROPERTIES.iter().find(|property| property.name() == name).and_then(|known| known.sql);
        for (name, sql) in [
            ("id", Some("reports.id")),
            ("description", Some("reports.detail")),
            ("category", Some("reports.category_code")),
            ("group", Some("reports.category_group")),
            ("status_group", Some("reports.status_group")),
            ("street", Some("reports.street")),
            ("reported", Some("reports.created_at")),
            ("first_answer", Some("reports.answered_at")),
            ("updated", Some("reports.updated_at")),
            ("supporters", Some("reports.supporter_count")),
            ("updates", Some("reports.update_count")),
            ("easting", None),
            ("licence", None),
        ] {
            assert_eq!(column(name), sql, "{name}");
        }
    }
}
