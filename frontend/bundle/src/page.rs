//! `index.html`: what it asks for in Trunk's notation (`data-trunk`), and the page that comes of it.

use std::cell::RefCell;
use std::path::PathBuf;

use anyhow::{Context, Result, anyhow, bail, ensure};
use lol_html::html_content::{ContentType, Element};
use lol_html::{RewriteStrSettings, element, rewrite_str};

/// One element marked `data-trunk`; paths are relative to `frontend/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asset {
    /// The app itself.
    App {
        /// A module in the form of Trunk's initializers.
        initializer: PathBuf,
    },
    /// A style sheet.
    Styles {
        /// The sheet.
        path: PathBuf,
        /// Whether only the parts need it, and it comes with them. Trunk, which makes no parts, links it like any other.
        later: bool,
        /// Where it is a package's, of which only a selection is used: what else of the sheet goes. Trunk takes it whole.
        used: Option<Used>,
    },
    /// A classic script.
    Script {
        /// The script.
        path: PathBuf,
        /// A module to bundle in its place, which takes from the same package no more than is needed. Trunk does not know it.
        selection: Option<PathBuf>,
    },
    /// A module that is bundled and fetched when it is needed; the page says where it lies, by this name. Trunk does not know
    /// it.
    OnDemand {
        /// Name of the `meta` element.
        name: String,
        /// The module.
        module: PathBuf,
    },
    /// A folder that comes along.
    Folder(PathBuf),
}

/// What is used of a package's style sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Used {
    /// The module that selects from the package: a class is used where what it selects names it.
    pub by: PathBuf,
    /// What is used besides, with a space between: classes whose names are put together while it runs.
    pub and: String,
}

/// What the bundler looks at.
const MARKED: &str = "[data-trunk], meta[data-selection]";

/// What the page asks for, in its order.
///
/// # Errors
/// Something is marked `data-trunk` that this bundler does not know, or the page would break the strict
/// Content-Security-Policy it is served under.
pub fn assets(template: &str) -> Result<Vec<Asset>> {
    let mut found = Vec::new();
    let settings = RewriteStrSettings::new()
        .append_element_content_handler(element!(MARKED, |element| {
            found.push(asset(element)?);
            Ok(())
        }))
        .append_element_content_handler(element!("*", |element| Ok(refuse_inline(element)?)));
    rewrite_str(template, settings).map_err(|error| anyhow!("{error}"))?;
    let apps = found.iter().filter(|asset| matches!(asset, Asset::App { .. })).count();
    ensure!(apps == 1, "there must be exactly one <link data-trunk rel=\"rust\">, there are {apps}");
    Ok(found)
}

/// The page with its `data-trunk` elements replaced, one by one, by `markup`.
pub fn fill(template: &str, markup: &[String]) -> Result<String> {
    let rest = RefCell::new(markup.iter());
    let settings = RewriteStrSettings::new().append_element_content_handler(element!(MARKED, |element| {
        let next = rest.borrow_mut().next().context("more elements than replacements")?;
        element.replace(next, ContentType::Html);
        Ok(())
    }));
    let page = rewrite_str(template, settings).map_err(|error| anyhow!("{error}"))?;
    ensure!(rest.borrow_mut().next().is_none(), "more replacements than elements");
    // Elements that leave nothing behind leave no empty lines either.
    Ok(page.lines().filter(|line| !line.trim().is_empty()).map(|line| format!("{line}\n")).collect())
}

fn asset(element: &Element<'_, '_>) -> Result<Asset> {
    let path = |attribute: &str| -> Result<PathBuf> {
        let value = element.get_attribute(attribute).with_context(|| format!("{attribute} is missing"))?;
        Ok(PathBuf::from(value))
    };
    match (element.tag_name().as_str(), element.get_attribute("rel").as_deref()) {
        ("link", Some("rust")) => Ok(Asset::App { initializer: path("data-initializer")? }),
        ("link", Some("css")) => {
            let and = element.get_attribute("data-used").unwrap_or_default();
            let used = element.get_attribute("data-used-by").map(|by| Used { by: by.into(), and });
            Ok(Asset::Styles { path: path("href")?, later: element.has_attribute("data-later"), used })
        }
        ("link", Some("copy-dir")) => Ok(Asset::Folder(path("href")?)),
        ("script", _) => {
            let selection = element.get_attribute("data-selection").map(PathBuf::from);
            Ok(Asset::Script { path: path("src")?, selection })
        }
        ("meta", _) => Ok(Asset::OnDemand {
            name: element.get_attribute("name").context("name is missing")?,
            module: path("content")?,
        }),
        (tag, rel) => bail!("<{tag} data-trunk rel={rel:?}> is not something this bundler knows"),
    }
}

/// The page is served with a policy that forbids these, so a browser would ignore them without a word.
fn refuse_inline(element: &Element<'_, '_>) -> Result<()> {
    let tag = element.tag_name();
    ensure!(tag != "style", "<style> is forbidden by the Content-Security-Policy: use a file in styles/");
    ensure!(
        tag != "script" || element.has_attribute("src"),
        "an inline <script> is forbidden by the Content-Security-Policy"
    );
    for attribute in element.attributes() {
        let name = attribute.name();
        ensure!(
            name != "style" && !name.starts_with("on"),
            "{name}= on <{tag}> is forbidden by the Content-Security-Policy"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"<html><head>
        <link data-trunk rel="css" href="styles/a.css">
        <link data-trunk rel="css" href="styles/b.css" data-later>
        <link data-trunk rel="css" href="node_modules/y/y.css" data-used-by="y.mjs" data-used="c d">
        <script data-trunk src="node_modules/x/x.js" defer></script>
        <script data-trunk src="node_modules/y/y.js" data-selection="y.mjs" defer></script>
        <meta name="z" content="z.mjs" data-selection>
        <link data-trunk rel="rust" data-initializer="start.mjs">
        <link rel="icon" href="/favicon.svg">
        </head><body></body></html>"#;

    #[test]
    fn the_page_says_what_it_needs_in_order() -> Result<()> {
        assert_eq!(
            assets(PAGE)?,
            [
                Asset::Styles { path: "styles/a.css".into(), later: false, used: None },
                Asset::Styles { path: "styles/b.css".into(), later: true, used: None },
                Asset::Styles {
                    path: "node_modules/y/y.css".into(),
                    later: false,
                    used: Some(Used { by: "y.mjs".into(), and: "c d".into() })
                },
                Asset::Script { path: "node_modules/x/x.js".into(), selection: None },
                Asset::Script { path: "node_modules/y/y.js".into(), selection: Some("y.mjs".into()) },
                Asset::OnDemand { name: "z".into(), module: "z.mjs".into() },
                Asset::App { initializer: "start.mjs".into() }
            ]
        );
        Ok(())
    }

    #[test]
    fn each_marked_element_is_replaced_and_the_rest_stays() -> Result<()> {
        let page = fill(PAGE, &["<one>", "", "<two>", "<three>", "<four>", "<five>", ""].map(str::to_owned))?;
        assert!(page.contains("<one>") && page.contains("<three>"));
        assert!(page.contains(r#"<link rel="icon" href="/favicon.svg">"#));
        assert!(!page.contains("data-trunk") && !page.contains("</script>"));
        Ok(())
    }

    #[test]
    fn whatever_the_policy_forbids_is_refused_here_already() {
        for forbidden in ["<style>a{}</style>", "<script>1</script>", "<p style='color:red'>", "<p onclick='f()'>"] {
            let page = PAGE.replace("<body>", &format!("<body>{forbidden}"));
            assert!(assets(&page).is_err(), "{forbidden} was accepted");
        }
    }

    #[test]
    fn an_unknown_kind_of_asset_is_refused() {
        assert!(assets(&PAGE.replace("rel=\"css\"", "rel=\"sass\"")).is_err());
    }
}
