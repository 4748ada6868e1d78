//! What the rows of figures come to.

use std::collections::HashMap;

use chrono::{DateTime, Days, Months, Utc};
use mendmap_shared::limits::ANSWER_DAYS;
use mendmap_shared::wire::categories::CategoryRef;
use mendmap_shared::wire::stats::{
    CategoryFigures, Figures, Interval, PeriodFigures, ReportStats, StatusCount, Times, Unanswered,
};
use mendmap_shared::workflow::Status;

use super::queries::Row;

/// Most periods of one answer. Reports whose dates are so far apart have one that is wrong.
const PERIODS: usize = 2_000;

/// Puts together what was summed up by row. `names` are the categories known, by code.
#[must_use]
pub fn stats(rows: Vec<Row>, names: &HashMap<String, CategoryRef>) -> (ReportStats, Unanswered) {
    let mut all = ReportStats {
        total: Figures::default(),
        interval: Interval::Day,
        periods: Vec::new(),
        categories: Vec::new(),
        statuses: Vec::new(),
    };
    let mut unanswered = Unanswered { days: ANSWER_DAYS, reports: 0, late: 0, still: 0 };
    for row in rows {
        let figures = figures(&row);
        match (row.period, row.category_code, row.status) {
            (Some(begins), ..) => all.periods.push(PeriodFigures { begins, figures }),
            (_, Some(code), _) => {
                let unknown = || CategoryRef { name: code.clone(), group: String::new(), code: code.clone() };
                let category = names.get(&code).cloned().unwrap_or_else(unknown);
                all.categories.push(CategoryFigures { category, figures });
            }
            (_, _, Some(status)) => all.statuses.push(StatusCount { status: status.0, reports: row.reported }),
            _ => {
                all.total = figures;
                all.interval = interval(&row.unit);
                unanswered = Unanswered { reports: row.due, late: row.late, still: row.still, ..unanswered };
            }
        }
    }
    all.periods.sort_by_key(|period| period.begins);
    all.periods = without_gaps(all.periods, all.interval);
    all.categories.sort_by(|one, other| {
        let by_count = other.figures.reported.cmp(&one.figures.reported);
        by_count.then_with(|| one.category.code.cmp(&other.category.code))
    });
    let place = |status: Status| Status::ALL.iter().position(|known| *known == status);
    all.statuses.sort_by_key(|count| place(count.status));
    (all, unanswered)
}

fn figures(row: &Row) -> Figures {
    let times = |reports: i64, hours: &Option<Vec<f64>>| Times {
        reports,
        median_hours: hours.as_ref().and_then(|hours| hours.first().copied()),
        p90_hours: hours.as_ref().and_then(|hours| hours.get(1).copied()),
    };
    Figures {
        reported: row.reported,
        open: row.open,
        fixed: row.fixed,
        closed: row.reported - row.open - row.fixed,
        to_fix: times(row.fix_reports, &row.fix_hours),
        to_first_answer: times(row.answer_reports, &row.answer_hours),
    }
}

fn interval(unit: &str) -> Interval {
    match unit {
        "week" => Interval::Week,
        "month" => Interval::Month,
        "year" => Interval::Year,
        _ => Interval::Day,
    }
}

/// When the period after this one begins.
fn next(begins: DateTime<Utc>, interval: Interval) -> Option<DateTime<Utc>> {
    match interval {
        Interval::Day => begins.checked_add_days(Days::new(1)),
        Interval::Week => begins.checked_add_days(Days::new(7)),
        Interval::Month => begins.checked_add_months(Months::new(1)),
        Interval::Year => begins.checked_add_months(Months::new(12)),
    }
}

/// With the periods in which nothing was reported.
fn without_gaps(periods: Vec<PeriodFigures>, interval: Interval) -> Vec<PeriodFigures> {
    let mut whole: Vec<PeriodFigures> = Vec::with_capacity(periods.len());
    for period in periods {
        while let Some(begins) = whole.last().and_then(|last| next(last.begins, interval))
            && begins < period.begins
            && whole.len() < PERIODS
        {
            whole.push(PeriodFigures { begins, figures: Figures::default() });
        }
        whole.push(period);
    }
    whole
}

/// The time a body's figures are about where nobody names one: the last twelve months and the one that has begun.
#[must_use]
pub fn last_year(now: DateTime<Utc>) -> (DateTime<Utc>, DateTime<Utc>) {
    use chrono::{Datelike as _, NaiveTime};
    let first = now.date_naive().with_day(1).unwrap_or(now.date_naive()).and_time(NaiveTime::MIN).and_utc();
    let months = |months| Months::new(months);
    (first.checked_sub_months(months(12)).unwrap_or(first), first.checked_add_months(months(1)).unwrap_or(first))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::Stored;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a moment")
    }

    fn row(reported: i64) -> Row {
        Row {
            unit: "month".into(),
            period: None,
            category_code: None,
            status: None,
            reported,
            open: 1,
            fixed: 1,
            fix_reports: 1,
            fix_hours: Some(vec![2.0, 3.0]),
            answer_reports: 0,
            answer_hours: None,
            due: 2,
            late: 1,
            still: 0,
        }
    }

    #[test]
    fn what_is_neither_open_nor_fixed_was_closed_and_periods_without_reports_are_there() {
        let period = |month: &str| Row { period: Some(at(&format!("{month}-01T00:00:00Z"))), ..row(2) };
        let by_status = |status, reported| Row { status: Some(Stored(status)), ..row(reported) };
        let rows = vec![
            period("2026-05"),
            by_status(Status::Duplicate, 4),
            by_status(Status::Fixed, 1),
            row(6),
            period("2026-02"),
            Row { category_code: Some("potholes".into()), ..row(2) },
            Row { category_code: Some("trees".into()), ..row(4) },
        ];
        let (stats, unanswered) = stats(rows, &HashMap::new());
        assert_eq!((stats.total.reported, stats.total.closed), (6, 4));
        assert_eq!(stats.total.to_fix, Times { reports: 1, median_hours: Some(2.0), p90_hours: Some(3.0) });
        assert_eq!(stats.total.to_first_answer, Times::default());
        let months: Vec<_> =
            stats.periods.iter().map(|p| (p.begins.format("%m").to_string(), p.figures.reported)).collect();
        assert_eq!(months, [("02", 2), ("03", 0), ("04", 0), ("05", 2)].map(|(month, n)| (month.to_owned(), n)));
        assert_eq!(
            stats.categories.iter().map(|c| c.category.code.as_str()).collect::<Vec<_>>(),
            ["trees", "potholes"]
        );
        assert_eq!(stats.statuses.iter().map(|s| s.status).collect::<Vec<_>>(), [Status::Fixed, Status::Duplicate]);
        assert_eq!(unanswered, Unanswered { days: ANSWER_DAYS, reports: 2, late: 1, still: 0 });
    }

    #[test]
    fn the_last_year_is_twelve_months_and_the_one_that_has_begun() {
        let (since, until) = last_year(at("2026-03-31T22:00:00Z"));
        assert_eq!((since, until), (at("2025-03-01T00:00:00Z"), at("2026-04-01T00:00:00Z")));
    }
}
