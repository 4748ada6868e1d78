//! The frame around every page.

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::{use_location, use_navigate};

use super::{Button, ButtonKind};
use crate::api;
use crate::i18n::t;
use crate::state::config::use_config;
use crate::state::session::{Who, use_session};

/// Header, main content, footer.
#[component]
pub fn Layout(children: Children) -> impl IntoView {
    let words = t().layout;
    let config = use_config();
    let path = use_location().pathname;
    // The map wants all the room there is; the footer would only be in its way.
    let full = move || path.with(|path| path == "/map");
    let to_main = |event: leptos::ev::MouseEvent| {
        event.prevent_default();
        super::error_summary::focus_field("main");
    };
    view! {
        <a class="skip-link" href="#main" on:click=to_main>
            {words.skip}
        </a>
        <Header />
        {move || {
            config
                .get()
                .and_then(|config| config.demo)
                .map(|demo| {
                    view! {
                        <aside class="demo-banner" aria-label=words.demo_label>
                            {if demo.invented_places { words.demo } else { words.demo_real_places }}
                            {(!demo.sends_mail).then(|| format!(" {}", words.demo_no_mail))}
                        </aside>
                    }
                })
        }}
        <main id="main" class="main" class:main--full=full tabindex="-1">
            {children()}
        </main>
        <footer class="footer" hidden=full>
            <ul class="footer__links">
                <li>
                    <a href="/about">{words.footer_about}</a>
                </li>
                <li>
                    <a href="/api/docs/" rel="external">
                        {words.footer_api}
                    </a>
                </li>
            </ul>
            {move || {
                config
                    .get()
                    .map(|config| config.credits.join(", "))
                    .filter(|credits| !credits.is_empty())
                    .map(|credits| view! { <p class="footer__credits">{words.footer_credits} ": " {credits}</p> })
            }}
        </footer>
    }
}

#[component]
fn Header() -> impl IntoView {
    let words = t().layout;
    let config = use_config();
    let session = use_session();
    let path = use_location().pathname;
    let current = move |href: &'static str| {
        let here = path.with(|path| path == href || (href != "/" && path.starts_with(&format!("{href}/"))));
        here.then_some("page")
    };
    let link = move |href: &'static str, text: &'static str| {
        view! {
            <li>
                <a href=href aria-current=move || current(href)>
                    {text}
                </a>
            </li>
        }
    };
    let navigate = use_navigate();
    let sign_out = StoredValue::new(move |_| {
        let navigate = navigate.clone();
        spawn_local(async move {
            crate::state::sign_out::sign_out().await;
            navigate("/", leptos_router::NavigateOptions::default());
        });
    });
    let person = move || match session.who() {
        // As it will most likely look, so that nothing below it moves once it is known.
        Who::Unknown if api::remembers_session() => view! {
            {link("/my/reports", words.nav_mine)}
            {link("/account", words.nav_account)}
            <li class="header__wait" aria-hidden="true">
                {words.nav_sign_out}
            </li>
        }
        .into_any(),
        Who::Unknown => ().into_any(),
        Who::Nobody => link("/sign-in", words.nav_sign_in).into_any(),
        Who::Person(me) => view! {
            {link("/my/reports", words.nav_mine)}
            {(!me.staff.is_empty()).then(|| link("/desk", words.nav_desk))}
            {link("/account", words.nav_account)}
            <li>
                <Button kind=ButtonKind::Link on_press=move |event| sign_out.with_value(|sign_out| sign_out(event))>
                    {words.nav_sign_out}
                </Button>
            </li>
        }
        .into_any(),
    };
    let logo = move || config.get().and_then(|config| config.brand.logo_url);
    view! {
        <header class="header">
            <div class="header__inner">
                <a class="header__brand" href="/">
                    {move || match logo() {
                        Some(logo) => view! { <img class="header__logo" src=logo alt="" height="32" /> }.into_any(),
                        None => view! { <Mark /> }.into_any(),
                    }}
                    // The link has a name also before the site's is known.
                    <span class:visually-hidden=move || config.name().is_none()>
                        {move || config.name().unwrap_or_else(|| words.home.to_owned())}
                    </span>
                </a>
                <nav class="header__nav" aria-label=words.nav_label>
                    <ul>
                        {link("/report/new", words.nav_report)} {link("/map", words.nav_map)} {person}
                    </ul>
                </nav>
            </div>
        </header>
    }
}

/// The product's own mark: a map pin with a tick in it.
#[component]
fn Mark() -> impl IntoView {
    view! {
        <svg class="header__mark" viewBox="0 0 32 32" width="32" height="32" aria-hidden="true" focusable="false">
            <path
                class="header__mark-pin"
                d="M16 2a11 11 0 0 0-11 11c0 7.2 11 17 11 17s11-9.8 11-17a11 11 0 0 0-11-11z"
            ></path>
            <path class="header__mark-tick" d="M11 13.5l3.5 3.5l6.5-7.5"></path>
        </svg>
    }
}
