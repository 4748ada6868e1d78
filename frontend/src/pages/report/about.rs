//! What the report says: where, what, when, its words and pictures.

use leptos::prelude::*;
use mendmap_shared::wire::categories::BodyRef;
use mendmap_shared::wire::reports::Report;
use mendmap_shared::workflow::{FixedBy, Visibility};

use crate::api::Query;
use crate::components::{Notice, PhotoGallery, StatusBadge, duplicate_link};
use crate::i18n::{date_time, t};
use crate::map::SmallMap;

/// Status, and what a line each can say.
#[component]
pub fn Facts(report: Memo<Report>) -> impl IntoView {
    let words = t().report;
    let row = |name: &'static str, value: AnyView| {
        view! {
            <div class="facts__row">
                <dt>{name}</dt>
                <dd>{value}</dd>
            </div>
        }
    };
    let rows = move || {
        report.with(|report| {
            let summary = &report.summary;
            let place = [&summary.street, &summary.area].into_iter().flatten().cloned().collect::<Vec<_>>().join(", ");
            let link = |(at, body): (usize, &BodyRef)| {
                view! {
                    {(at > 0).then_some(", ")}
                    <a href=format!("/bodies/{}", body.slug)>{body.name.clone()}</a>
                }
            };
            let bodies = if summary.bodies.is_empty() {
                words.no_bodies.into_any()
            } else {
                summary.bodies.iter().enumerate().map(link).collect_view().into_any()
            };
            let time = summary.created_at;
            view! {
                {row(words.category, summary.category.name.clone().into_any())}
                {(!place.is_empty()).then(|| row(words.place, place.into_any()))}
                {row(
                    words.when,
                    view! { <time datetime=time.to_rfc3339()>{date_time(time)}</time> }.into_any(),
                )}
                {row(words.bodies, bodies)}
            }
        })
    };
    view! {
        <p class="facts__status">
            {move || view! { <StatusBadge status=report.with(|report| report.summary.status) /> }}
            <span class="quiet">{report.with_untracked(|report| (words.number)(&report.summary.id.to_string()))}</span>
        </p>
        <dl class="facts">{rows}</dl>
    }
}

/// What everybody should know first: who sees it, and whether it stands for another report.
#[component]
pub fn Notices(report: Memo<Report>) -> impl IntoView {
    let words = t().report;
    move || {
        report.with(|report| {
            let seen_by = match report.visibility {
                Visibility::Published => None,
                Visibility::Unconfirmed => Some(words.unconfirmed),
                Visibility::Private => Some(words.private),
                Visibility::Hidden => Some(words.hidden),
            };
            let fixed = report.fixed_by.filter(|_| report.summary.status.group().as_str() == "fixed");
            let fixed = fixed.map(|by| match by {
                FixedBy::Author => words.fixed_by_author,
                FixedBy::Resident => words.fixed_by_resident,
                FixedBy::Body => words.fixed_by_body,
            });
            let staff = report.viewer.as_ref().is_some_and(|viewer| viewer.staff);
            let desk = format!("/desk/reports/{}", report.summary.id);
            view! {
                {seen_by.map(|text| view! { <Notice class="notice--warning">{text}</Notice> })}
                {report
                    .duplicate_of
                    .map(|other| view! { <Notice>{words.duplicate} " " {duplicate_link(other)}</Notice> })}
                {fixed.map(|text| view! { <Notice class="notice--success">{text}</Notice> })}
                {staff
                    .then(|| {
                        view! {
                            <Notice>
                                {words.staff} " " <a href=desk>{words.staff_link}</a>
                            </Notice>
                        }
                    })}
            }
        })
    }
}

/// The words and the pictures.
#[component]
pub fn Details(report: Memo<Report>) -> impl IntoView {
    let words = t().report;
    let photos = Memo::new(move |_| report.with(|report| report.photos.clone()));
    view! {
        <section aria-labelledby="details-title">
            <h2 id="details-title">{words.details}</h2>
            <p class="typed">{move || report.with(|report| report.detail.clone())}</p>
            {move || {
                let photos = photos.get();
                (!photos.is_empty())
                    .then(|| {
                        view! {
                            <h3 class="visually-hidden">{words.photos}</h3>
                            <PhotoGallery
                                photos=photos
                                title=report.with_untracked(|report| report.summary.title.clone())
                            />
                        }
                    })
            }}
        </section>
    }
}

/// The map, and the way to the large one.
#[component]
pub fn Whereabouts(report: Memo<Report>) -> impl IntoView {
    let words = t().report;
    let place = Memo::new(move |_| report.with(|report| (report.summary.location, report.summary.status_group)));
    let large = move || {
        let (location, _) = place.get();
        let id = report.with(|report| report.summary.id);
        format!("/map{}", Query::new().at(location).with("zoom", "17").with_some("report", Some(id)).into_string())
    };
    view! {
        <section aria-labelledby="map-title">
            <h2 id="map-title" class="visually-hidden">
                {words.map}
            </h2>
            <div class="small-map">
                {move || {
                    let (location, group) = place.get();
                    view! { <SmallMap location=location group=group label=words.map_label /> }
                }}
            </div>
            <p>
                <a href=large>{words.map_open}</a>
            </p>
        </section>
    }
}
