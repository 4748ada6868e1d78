//! Figures about reports: as numbers, over time, by category.

use leptos::prelude::*;
use mendmap_shared::wire::stats::{CategoryFigures, Figures, Interval, PeriodFigures, ReportStats, Times};

use super::{Chart, ChartKind, Series};
use crate::i18n::{count, decimal, duration, period, plural, t};

/// Hours of a day.
const DAY: f64 = 24.0;

/// One number that stands out, with its name and perhaps a line about it.
pub fn fact(name: &'static str, value: String, note: String) -> AnyView {
    view! {
        <div class="figures__fact">
            <dt>{name}</dt>
            <dd>
                <span class="figures__value">{value}</span>
                {(!note.is_empty()).then(|| view! { <span class="figures__note">{note}</span> })}
            </dd>
        </div>
    }
    .into_any()
}

/// How long something took, in a sentence; `none` where it happened to no report.
fn took(times: &Times, none: &'static str) -> String {
    match (times.median_hours, times.p90_hours) {
        (Some(median), Some(p90)) => (t().analysis.to_fix_summary)(&duration(median), &duration(p90)),
        _ => none.to_owned(),
    }
}

fn hours(hours: Option<f64>) -> String {
    hours.map_or_else(|| t().analysis.nothing.to_owned(), duration)
}

fn interval_name(interval: Interval) -> &'static str {
    let words = t().analysis;
    match interval {
        Interval::Day => words.by_day,
        Interval::Week => words.by_week,
        Interval::Month => words.by_month,
        Interval::Year => words.by_year,
    }
}

/// A table that can be wider than the page: it is scrolled, also by keyboard.
fn table(caption: String, heads: Vec<&'static str>, rows: Vec<AnyView>) -> AnyView {
    let name = caption.clone();
    view! {
        <div class="figures__scroll" role="region" aria-label=name tabindex="0">
            <table class="figures__table">
                <caption class="visually-hidden">{caption}</caption>
                <thead>
                    <tr>{heads.into_iter().map(|head| view! { <th scope="col">{head}</th> }).collect_view()}</tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// A row of a table: what it is about, and numbers.
fn row(head: String, cells: Vec<String>) -> AnyView {
    view! {
        <tr>
            <th scope="row">{head}</th>
            {cells.into_iter().map(|cell| view! { <td>{cell}</td> }).collect_view()}
        </tr>
    }
    .into_any()
}

fn counts(of: &Figures) -> Vec<String> {
    [of.reported, of.open, of.fixed, of.closed].map(count).into()
}

/// What was reported over time and what became of it, and how long that took: each as a plot and as a table.
#[component]
pub fn OverTime(
    /// The figures.
    stats: ReportStats,
) -> impl IntoView {
    let words = t().analysis;
    let ReportStats { total, interval, periods, .. } = stats;
    let every = interval_name(interval);
    let label = move |of: &PeriodFigures| {
        let day = period(of.begins, interval);
        if interval == Interval::Week { (words.week_of)(&day) } else { day }
    };
    let short: Vec<String> = periods.iter().map(|of| period(of.begins, interval)).collect();
    #[expect(clippy::cast_precision_loss, reason = "counts of reports stay far below 2^53")]
    let of = |name, class, figure: fn(&Figures) -> i64| Series {
        name,
        class,
        values: periods.iter().map(|of| Some(figure(&of.figures) as f64)).collect(),
    };
    let made = vec![
        of(words.open, "chart--open", |of| of.open),
        of(words.fixed, "chart--fixed", |of| of.fixed),
        of(words.closed, "chart--closed", |of| of.closed),
    ];
    let days = |name, class, figure: fn(&Times) -> Option<f64>| Series {
        name,
        class,
        values: periods.iter().map(|of| figure(&of.figures.to_fix).map(|hours| hours / DAY)).collect(),
    };
    let fix = vec![
        days(words.median, "chart--median", |of| of.median_hours),
        days(words.p90, "chart--p90", |of| of.p90_hours),
    ];
    let made_title = (words.over_time)(every);
    let made_rows = periods.iter().map(|of| row(label(of), counts(&of.figures))).collect();
    let fix_title = (words.fix_over_time)(every);
    let some_days =
        |hours: Option<f64>| hours.map_or_else(|| words.nothing.to_owned(), |hours| decimal(hours / DAY, 1));
    let fix_rows = periods.iter().map(|of| {
        let times = &of.figures.to_fix;
        row(label(of), vec![count(times.reports), some_days(times.median_hours), some_days(times.p90_hours)])
    });
    let fix_rows = fix_rows.collect();
    let fixed_some = total.to_fix.reports > 0;
    view! {
        <figure class="figures__plot">
            <figcaption>{made_title.clone()}</figcaption>
            <Chart
                kind=ChartKind::Stacked
                labels=short.clone()
                series=made
                label=(words.over_time_plot)(every, &count(total.reported))
                legend=words.stacked
            />
            <details>
                <summary>{words.table}</summary>
                {table(
                    made_title,
                    vec![words.period, words.reported, words.open, words.fixed, words.closed],
                    made_rows,
                )}
            </details>
        </figure>
        {fixed_some
            .then(move || {
                view! {
                    <figure class="figures__plot">
                        <figcaption>{fix_title.clone()}</figcaption>
                        <Chart kind=ChartKind::Lines labels=short series=fix label=(words.fix_plot)(every) />
                        <p class="quiet">{words.fix_late}</p>
                        <details>
                            <summary>{words.table}</summary>
                            {table(fix_title, vec![words.period, words.fixed, words.median, words.p90], fix_rows)}
                        </details>
                    </figure>
                }
            })}
    }
}

/// What became of the reports of each category.
pub fn by_category(categories: Vec<CategoryFigures>) -> AnyView {
    let words = t().analysis;
    let rows = categories.into_iter().map(|CategoryFigures { category, figures }| {
        let mut cells = counts(&figures);
        cells.extend([hours(figures.to_fix.median_hours), hours(figures.to_fix.p90_hours)]);
        row(category.name, cells)
    });
    let heads =
        vec![words.category, words.reported, words.open, words.fixed, words.closed, words.median_fix, words.p90_fix];
    view! {
        <section>
            <h3>{words.by_category}</h3>
            {table(words.by_category.to_owned(), heads, rows.collect())}
        </section>
    }
    .into_any()
}

/// The numbers everybody asks for first.
pub fn totals(of: &Figures) -> AnyView {
    let words = t().analysis;
    let number = |times: &Times, of: fn(&str) -> String| {
        if times.reports > 0 { of(&count(times.reports)) } else { String::new() }
    };
    view! {
        <dl class="figures__facts">
            {fact(words.reported, plural(of.reported, words.found_one, words.found), String::new())}
            {fact(words.open, count(of.open), String::new())} {fact(words.fixed, count(of.fixed), String::new())}
            {fact(words.closed, count(of.closed), String::new())}
        </dl>
        <dl class="figures__facts figures__facts--long">
            {fact(words.to_fix, took(&of.to_fix, words.to_fix_none), number(&of.to_fix, words.to_fix_of))}
            {fact(
                words.to_answer,
                took(&of.to_first_answer, words.to_answer_none),
                number(&of.to_first_answer, words.to_answer_of),
            )}
        </dl>
    }
    .into_any()
}
