//! A report in a list.

use leptos::prelude::*;
use mendmap_shared::wire::reports::ReportSummary;

use super::StatusBadge;
use crate::i18n::{date_time, distance, plural, relative, t};

/// A report in a list: title as a link, status, place, age, and the first photo. Put it inside a list item.
#[component]
pub fn ReportCard(
    /// The report.
    report: ReportSummary,
    /// Where the title leads; the report's page if not given.
    #[prop(optional, into)]
    href: Option<String>,
    /// Level of the title's heading.
    #[prop(default = 3)]
    level: u8,
    /// More under it, such as buttons.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let words = t().layout;
    let place = [report.street.clone(), report.area.clone()].into_iter().flatten().collect::<Vec<_>>().join(", ");
    let supporters = match report.supporters {
        0 => None,
        number => Some(plural(number, words.one_supporter, words.supporters)),
    };
    let updates = match report.updates {
        0 => None,
        number => Some(plural(number, words.one_update, words.updates)),
    };
    let away = report.distance_m.map(|metres| (words.distance_away)(&distance(metres)));
    let href = href.unwrap_or_else(|| format!("/reports/{}", report.id));
    let link = view! { <a href=href>{report.title.clone()}</a> };
    let title = if level == 2 {
        view! { <h2 class="card__title">{link}</h2> }.into_any()
    } else {
        view! { <h3 class="card__title">{link}</h3> }.into_any()
    };
    let created = report.created_at;
    view! {
        <article class="card">
            {report
                .photo
                .map(|photo| {
                    view! {
                        <img class="card__photo" src=photo.thumb alt="" width="96" height="96" loading="lazy" />
                    }
                })}
            <div class="card__body">
                {title} <p class="card__meta">
                    <StatusBadge status=report.status />
                    <span>{report.category.name}</span>
                </p> {(!place.is_empty()).then(|| view! { <p class="card__place">{place}</p> })}
                <p class="card__meta card__meta--quiet">
                    <time datetime=created.to_rfc3339() title=date_time(created)>
                        {(words.reported)(&relative(created))}
                    </time>
                    {[away, supporters, updates]
                        .into_iter()
                        .flatten()
                        .map(|text| view! { <span>{text}</span> })
                        .collect_view()}
                </p>
                {children.map(|children| children())}
            </div>
        </article>
    }
}
