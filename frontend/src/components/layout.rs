//! The frame around every page.

use leptos::prelude::*;

use super::{Button, ButtonKind, Coming, when_here};
use crate::api;
use crate::i18n::t;
use crate::parts;
use crate::router::{is_embedded, use_path};
use crate::state::config::use_config;
use crate::state::session::{Who, use_session};

/// Header, main content, footer.
#[component]
pub fn Layout(children: Children) -> impl IntoView {
    let words = t().layout;
    let config = use_config();
    let path = use_path();
    // The map wants all the room there is; the footer would only be in its way.
    let embedded = is_embedded();
    let full = move || embedded || path.with(|path| path == "/map");
    let to_main = |event: leptos::ev::MouseEvent| {
        event.prevent_default();
        super::error_summary::focus_field("main");
    };
    view! {
        <a class="skip-link" href="#main" on:click=to_main>
            {words.skip}
        </a>
        {(!embedded).then(|| view! { <Header /> })}
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
                    .into_any()
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
                    <a href="/analysis">{words.footer_analysis}</a>
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
                    .map(|credits| {
                        view! { <p class="footer__credits">{words.footer_credits} ": " {credits}</p> }.into_any()
                    })
            }}
        </footer>
    }
}

/// A link to one of the site's places, marked where that is the page shown.
pub fn place_link(href: &'static str, text: &'static str) -> AnyView {
    let path = use_path();
    let current = move || {
        let here = path.with(|path| path == href || path.strip_prefix(href).is_some_and(|rest| rest.starts_with('/')));
        here.then_some("page")
    };
    view! {
        <li>
            <a href=href aria-current=current>
                {text}
            </a>
        </li>
    }
    .into_any()
}

/// As the links of somebody signed in will most likely look, so that nothing below them moves once they are known.
fn person_coming() -> AnyView {
    let words = t().layout;
    view! {
        {place_link("/my/reports", words.nav_mine)}
        {place_link("/account", words.nav_account)}
        <li class="header__wait" aria-hidden="true">
            {words.nav_sign_out}
        </li>
    }
    .into_any()
}

/// The same where what belongs to somebody signed in did not come: the press that would sign out asks for it again.
fn person_failed(_: RwSignal<u32>, retry: Callback<()>) -> AnyView {
    let words = t().layout;
    view! {
        {place_link("/my/reports", words.nav_mine)}
        {place_link("/account", words.nav_account)}
        <li>
            <Button kind=ButtonKind::Link on_press=move |_| retry.run(())>
                {words.nav_sign_out}
            </Button>
        </li>
    }
    .into_any()
}

#[component]
fn Header() -> impl IntoView {
    let words = t().layout;
    let config = use_config();
    let session = use_session();
    let person = move || match session.who() {
        Who::Unknown if api::remembers_session() => person_coming(),
        Who::Unknown => ().into_any(),
        Who::Nobody => place_link("/sign-in", words.nav_sign_in),
        Who::Person(me) => {
            let is_staff = !me.staff.is_empty();
            let coming = move || -> Coming { Box::pin(parts::person_links(is_staff)) };
            when_here(Box::new(coming), person_coming, person_failed)
        }
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
                        {place_link("/report/new", words.nav_report)} {place_link("/map", words.nav_map)} {person}
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
