//! `/desk/:body`: what came to a body.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use mendmap_shared::wire::Page as ListPage;
use mendmap_shared::wire::auth::StaffRole;
use mendmap_shared::wire::desk::{DeskCounts, DeskRow, DeskSort};

use super::address::{href, read, remember};
use super::export::ExportForm;
use super::filters::Filters;
use crate::api::{self, DeskFilter};
use crate::components::{EmptyState, Fetched, Page, SignedIn, StatusBadge};
use crate::i18n::{count, date_time, plural, relative, t};
use crate::pages::not_found::NotFoundPage;
use crate::router::{use_param, use_query};
use crate::state::inquiry::Inquiry;
use crate::state::session::use_session;

/// The page. People who do not work for the body are told that there is nothing here, as the API tells them.
#[component]
pub fn DeskListPage() -> impl IntoView {
    let words = t().desk;
    let session = use_session();
    let body = use_param("body");
    let post = Memo::new(move |_| {
        let staff = session.me().map(|me| me.staff);
        staff.map(|staff| staff.into_iter().find(|of| body.with(|body| *body == of.body.slug)))
    });
    let name = Memo::new(move |_| post.get().map(|post| post.map(|of| of.body.name)));
    let role = Memo::new(move |_| post.get().flatten().map(|of| of.role));
    let stranger = Memo::new(move |_| name.get() == Some(None));
    let title = move || name.get().flatten().map_or_else(|| words.title.to_owned(), |name| (words.of)(&name));
    move || {
        if stranger.get() {
            view! { <NotFoundPage /> }.into_any()
        } else {
            view! {
                <Page title=Signal::derive(title) class="page--desk">
                    <SignedIn view=move |_| view! { <Desk body=body name=name role=role /> } />
                </Page>
            }
            .into_any()
        }
    }
}

#[component]
fn Desk(body: Memo<String>, name: Memo<Option<Option<String>>>, role: Memo<Option<StaffRole>>) -> impl IntoView {
    let words = t().desk;
    let query = use_query();
    let filter = Memo::new(move |_| query.with(read));
    let rows = Inquiry::new(move || body.with(|body| api::list_desk_reports(body, filter.get())));
    let found = move || match rows.get() {
        Some(Ok(page)) => plural(page.items.len(), words.list_found_one, words.list_found),
        _ => String::new(),
    };
    Effect::new(move |_| body.with(|body| remember(body, filter.with(|filter| href(body, filter)))));
    let draw = move |page: ListPage<DeskRow>| {
        let filter = filter.get();
        if page.items.is_empty() {
            let nothing = filter == DeskFilter { sort: filter.sort, ..DeskFilter::default() };
            let text = if nothing { words.list_none_at_all } else { words.list_none };
            return view! { <EmptyState text=text /> }.into_any();
        }
        let body = body.get();
        let next = page.next_cursor.map(|cursor| href(&body, &DeskFilter { cursor: Some(cursor), ..filter.clone() }));
        let first = filter.cursor.is_some().then(|| href(&body, &DeskFilter { cursor: None, ..filter }));
        view! {
            <Table rows=page.items body=name.get().flatten().unwrap_or_default() />
            <nav class="buttons" aria-label=words.list>
                {first.map(|first| view! { <a class="button button--secondary" href=first>{words.first_page}</a> })}
                {next.map(|next| view! { <a class="button button--secondary" href=next>{words.next_page}</a> })}
            </nav>
        }
        .into_any()
    };
    let systems = move || {
        let href = format!("/desk/{}/integrations", body.get());
        (role.get() == Some(StaffRole::Administrator))
            .then(|| view! { <nav class="desk-way"><a href=href>{words.systems}</a></nav> })
    };
    // The API's policy table lets these.
    let export = move || {
        matches!(role.get(), Some(StaffRole::Officer | StaffRole::Administrator))
            .then(|| view! { <ExportForm body=body filter=filter /> })
    };
    view! {
        <Counts body=body />
        {systems}
        <Filters body=body filter=filter />
        <section aria-labelledby="list-title">
            <h2 id="list-title" class="visually-hidden">
                {words.list}
            </h2>
            <p class="quiet" role="status">
                {found}
            </p>
            <Fetched resource=rows view=draw />
        </section>
        {export}
    }
}

/// How many wait, each a way to them.
#[component]
fn Counts(body: Memo<String>) -> impl IntoView {
    let words = t().desk;
    let counts = Inquiry::new(move || body.with(|body| api::get_desk_counts(body)));
    let sorted = |sort| DeskFilter { sort, ..DeskFilter::default() };
    let one = move |name: &'static str, filter: DeskFilter, number: fn(&DeskCounts) -> i64| {
        let shown = move || match counts.get() {
            Some(Ok(counts)) => count(number(&counts)),
            _ => "–".to_owned(),
        };
        let inside = view! {
            <span class="counts__number">{shown}</span>
            <span class="counts__name">{name}</span>
        };
        let parked = filter.sort == DeskSort::Parked;
        // Nobody but staff can help what could not be sent.
        let urgent = move || parked && matches!(counts.get(), Some(Ok(counts)) if counts.parked > 0);
        view! {
            <li>
                <a class="counts__box" class:counts__box--urgent=urgent href=move || href(&body.get(), &filter)>
                    {inside}
                </a>
            </li>
        }
    };
    view! {
        <nav aria-label=words.counts>
            <ul class="counts">
                {one(
                    words.count_open,
                    DeskFilter { status: "open".to_owned(), ..DeskFilter::default() },
                    |counts| counts.open,
                )} {one(words.count_unread, sorted(DeskSort::Unread), |counts| counts.unread)}
                {one(words.count_overdue, sorted(DeskSort::Overdue), |counts| counts.overdue)}
                {one(words.count_parked, sorted(DeskSort::Parked), |counts| counts.parked)}
            </ul>
        </nav>
    }
}

/// How long a report is overdue.
pub fn overdue_text(due: DateTime<Utc>) -> String {
    let words = t().desk;
    #[expect(clippy::cast_possible_truncation, reason = "days since 1970 fit easily")]
    let now = (js_sys::Date::now() / 1000.0) as i64;
    match (now - due.timestamp()) / 86_400 {
        ..=0 => words.overdue_today.to_owned(),
        days => plural(days, words.overdue_day, words.overdue_days),
    }
}

/// The list as a table; on a narrow screen every row is a card. The roles are written out, because a table that is not
/// laid out as one is no table to some screen readers.
#[component]
fn Table(rows: Vec<DeskRow>, body: String) -> impl IntoView {
    let words = t().desk;
    let columns = [
        words.column_report,
        words.column_category,
        words.column_place,
        words.column_status,
        words.column_reported,
        words.column_due,
    ];
    let head = columns.map(|column| {
        view! {
            <th role="columnheader" scope="col">
                {column}
            </th>
        }
    });
    view! {
        <table class="desk-table" role="table">
            <caption class="visually-hidden">{(words.list_caption)(&body)}</caption>
            <thead role="rowgroup">
                <tr role="row">{head.collect_view()}</tr>
            </thead>
            <tbody role="rowgroup">{rows.into_iter().map(row).collect_view()}</tbody>
        </table>
    }
}

fn row(row: DeskRow) -> impl IntoView {
    let words = t().desk;
    let report = row.report;
    let place = [report.street, report.area].into_iter().flatten().collect::<Vec<_>>().join(", ");
    let due = match row.due_at {
        Some(due) if row.overdue => {
            view! { <strong class="mark mark--overdue">{overdue_text(due)}</strong> }.into_any()
        }
        Some(due) => view! { <time datetime=due.to_rfc3339() title=date_time(due)>{relative(due)}</time> }.into_any(),
        None => view! { <span class="quiet">{words.no_due}</span> }.into_any(),
    };
    let created = report.created_at;
    view! {
        <tr role="row" class:is-unread=row.unread>
            <th role="rowheader" scope="row">
                {row.unread.then(|| view! { <span class="mark mark--unread">{words.unread}</span> })}
                <a href=format!("/desk/reports/{}", report.id)>{report.title}</a>
                <span class="desk-table__number">{format!("#{}", report.id)}</span>
            </th>
            <td role="cell" data-label=words.column_category>
                {report.category.name}
            </td>
            <td role="cell" data-label=words.column_place>
                {place}
            </td>
            <td role="cell" data-label=words.column_status>
                <StatusBadge status=report.status />
            </td>
            <td role="cell" data-label=words.column_reported>
                <time datetime=created.to_rfc3339() title=date_time(created)>
                    {relative(created)}
                </time>
            </td>
            <td role="cell" data-label=words.column_due>
                {due}
            </td>
        </tr>
    }
}
