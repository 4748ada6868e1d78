//! Writing `frontend/dist`: every file under `assets/` carries a hash of its content in its name, so that it may be
//! cached for ever; `index.html` and the files of `public/` do not.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::app::{App, hashed};
use crate::cache::{self, Cache};
use crate::compress;
use crate::page::{self, Asset, Used};

/// Where the script that loads the parts finds the one that loads their style sheet.
const LATER_STYLES: &str = "--alias:later-styles=./later-styles.mjs";

/// A file of the finished site.
pub struct Written {
    /// Relative to `frontend/dist`.
    pub path: PathBuf,
    /// Its size.
    pub bytes: usize,
    /// Its size in brotli's format, where that exists.
    pub brotli: Option<usize>,
}

/// Files by their path in the site.
type Files = BTreeMap<PathBuf, Vec<u8>>;

/// Puts the whole site together and then replaces `frontend/dist` by it.
pub fn write(
    frontend: &Path,
    template: &str,
    assets: &[Asset],
    app: &App,
    dev: bool,
    cache: &Cache,
) -> Result<Vec<Written>> {
    let mut files = Files::new();
    let vendored = vendor(frontend, assets, dev, &mut files)?;
    every_sheet_is_linked(frontend, assets)?;
    let sheet = style_sheet(frontend, assets, false, dev, &mut files)?;
    let later = style_sheet(frontend, assets, true, dev, &mut files)?;
    let mut sheet_link = sheet.map(|href| format!(r#"<link rel="stylesheet" href="{href}">"#));
    let mut markup = Vec::new();
    for asset in assets {
        markup.push(match asset {
            Asset::App { initializer } => bootstrap(frontend, initializer, app, later.as_deref(), dev, &mut files)?,
            Asset::Styles { later: true, .. } => String::new(),
            Asset::Styles { path, later: false, .. } => match vendored.get(path) {
                Some(href) => format!(r#"<link rel="stylesheet" href="{href}">"#),
                // Our own sheets are one file, in the place of the first of them.
                None => sheet_link.take().unwrap_or_default(),
            },
            Asset::Script { selection: Some(module), .. } => {
                let address = selection(frontend, module, "iife", dev, &mut files)?;
                format!(r#"<script src="{address}" defer></script>"#)
            }
            Asset::OnDemand { name, module } => {
                let address = selection(frontend, module, "esm", dev, &mut files)?;
                format!(r#"<meta name="{name}" content="{address}">"#)
            }
            Asset::Script { path, selection: None } => {
                let href = vendored.get(path).with_context(|| format!("{} is not from npm", path.display()))?;
                format!(r#"<script src="{href}" defer></script>"#)
            }
            Asset::Folder(path) => {
                if !vendored.contains_key(path) {
                    read_folder(&frontend.join(path), Path::new(""), &mut files)?;
                }
                String::new()
            }
        });
    }
    files.insert("index.html".into(), page::fill(template, &markup)?.into_bytes());
    replace(&frontend.join("dist"), &files, dev, cache)
}

/// Bundles a module that selects from packages, and answers the address of the script.
fn selection(frontend: &Path, module: &Path, format: &str, dev: bool, files: &mut Files) -> Result<String> {
    let script = selected(frontend, module, format, dev)?;
    let stem = module.file_stem().unwrap_or_default().to_string_lossy();
    let path = format!("assets/{}", hashed(&stem, &script, "js"));
    let address = format!("/{path}");
    files.insert(path.into(), script);
    Ok(address)
}

/// What a module selects from packages, as one script.
fn selected(frontend: &Path, module: &Path, format: &str, dev: bool) -> Result<Vec<u8>> {
    let format = format!("--format={format}");
    // What an author must be named for stands in comments that stay.
    let options = ["--bundle", "--loader=js", &format, "--target=es2022", "--legal-comments=inline"];
    esbuild(frontend, &read(&frontend.join(module))?, dev, &options)
}

/// A package's style sheet without the rules that nothing in it is used by.
fn purge(frontend: &Path, sheet: &Path, used: &Used) -> Result<Vec<u8>> {
    let folder = tempfile::tempdir()?;
    let script = folder.path().join("script.js");
    fs::write(&script, selected(frontend, &used.by, "iife", false)?)?;
    let mut command = Command::new("node_modules/.bin/purgecss");
    command.current_dir(frontend).arg("--css").arg(sheet).arg("--content").arg(&script);
    command.arg("--output").arg(folder.path()).arg("--safelist").args(used.and.split_whitespace());
    let output = command.output().context("cannot run purgecss from npm: run `make setup`")?;
    ensure!(output.status.success(), "purgecss: {}", String::from_utf8_lossy(&output.stderr));
    read(&folder.path().join(sheet.file_name().with_context(|| format!("{} has no name", sheet.display()))?))
}

/// Copies what comes from npm as it is (style sheets minified), names included: a package's files find each other by them (Leaflet its
/// pictures). The hash is in the folder's name. Answers the new address of each asset.
fn vendor(frontend: &Path, assets: &[Asset], dev: bool, files: &mut Files) -> Result<BTreeMap<PathBuf, String>> {
    let mut packages: BTreeMap<String, (Files, Vec<PathBuf>)> = BTreeMap::new();
    for asset in assets {
        let (Asset::Styles { path, .. } | Asset::Script { path, selection: None } | Asset::Folder(path)) = asset else {
            continue;
        };
        let Some(package) = npm_package(path) else { continue };
        let (content, paths) = packages.entry(package).or_default();
        let name = path.file_name().with_context(|| format!("{} has no name", path.display()))?;
        if matches!(asset, Asset::Folder(_)) {
            read_folder(&frontend.join(path), Path::new(name), content)?;
        } else {
            let bytes = match asset {
                Asset::Styles { used: Some(used), .. } => purge(frontend, path, used)?,
                _ => read(&frontend.join(path))?,
            };
            let is_css = path.extension().is_some_and(|extension| extension == "css");
            content
                .insert(name.into(), if is_css { esbuild(frontend, &bytes, dev, &["--loader=css"])? } else { bytes });
        }
        paths.push(path.clone());
    }
    let mut addresses = BTreeMap::new();
    for (package, (content, paths)) in packages {
        let parts: Vec<&[u8]> =
            content.iter().flat_map(|(path, bytes)| [path.as_os_str().as_encoded_bytes(), bytes.as_slice()]).collect();
        let folder = format!("assets/{package}-{}", cache::hash(&parts));
        for path in paths {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            addresses.insert(path, format!("/{folder}/{name}"));
        }
        files.extend(content.into_iter().map(|(path, bytes)| (Path::new(&folder).join(path), bytes)));
    }
    Ok(addresses)
}

/// The npm package a path belongs to, if it does.
fn npm_package(path: &Path) -> Option<String> {
    let mut components = path.components();
    (components.next()? == Component::Normal("node_modules".as_ref()))
        .then(|| components.next().map(|name| name.as_os_str().to_string_lossy().into_owned()))
        .flatten()
}

/// Whoever adds a sheet to `styles/` and forgets the page would wonder.
fn every_sheet_is_linked(frontend: &Path, assets: &[Asset]) -> Result<()> {
    let Ok(entries) = fs::read_dir(frontend.join("styles")) else { return Ok(()) };
    for entry in entries {
        let file = Path::new("styles").join(entry?.file_name());
        let is_css = file.extension().is_some_and(|extension| extension == "css");
        let linked = assets.iter().any(|asset| matches!(asset, Asset::Styles { path, .. } if *path == file));
        ensure!(!is_css || linked, "frontend/index.html does not link {}", file.display());
    }
    Ok(())
}

/// Our own sheets, those for the first view or those for `later`, joined in the page's order and minified, as one file.
/// Answers its address. Addresses in `url()` are not touched, so they must be absolute.
fn style_sheet(frontend: &Path, assets: &[Asset], later: bool, dev: bool, files: &mut Files) -> Result<Option<String>> {
    let own: Vec<&PathBuf> = assets
        .iter()
        .filter_map(|asset| match asset {
            Asset::Styles { path, later: when, .. } if *when == later && npm_package(path).is_none() => Some(path),
            _ => None,
        })
        .collect();
    if own.is_empty() {
        return Ok(None);
    }
    let mut sheets = Vec::new();
    for path in own {
        sheets.extend(read(&frontend.join(path))?);
        sheets.push(b'\n');
    }
    let css = esbuild(frontend, &sheets, dev, &["--loader=css"])?;
    let path = format!("assets/{}", hashed(if later { "later" } else { "styles" }, &css, "css"));
    files.insert(PathBuf::from(&path), css);
    Ok(Some(format!("/{path}")))
}

/// Adds the WebAssembly module and the script that starts it, and answers the markup that loads both.
fn bootstrap(
    frontend: &Path,
    initializer: &Path,
    app: &App,
    later: Option<&str>,
    dev: bool,
    files: &mut Files,
) -> Result<String> {
    let module = hashed("mendmap", &app.wasm, "wasm");
    let glue = fs::canonicalize(app.glue.join("mendmap.js")).context("wasm-bindgen left no glue")?;
    let entry = format!(
        "import init from {glue};\nimport initializer from {initializer};\n\
         import {{ lies, sheet }} from \"later-styles\";\nlies({later});\n{now}\
         const {{ onSuccess, onFailure }} = initializer();\n\
         init({{ module_or_path: new URL({module}, import.meta.url) }}).then(onSuccess, onFailure);\n",
        glue = serde_json::to_string(&glue)?,
        initializer = serde_json::to_string(&Path::new("./").join(initializer))?,
        module = serde_json::to_string(&module)?,
        later = serde_json::to_string(&later)?,
        // An app that has no parts needs it at once.
        now = if app.parts.is_empty() { "sheet();\n" } else { "" },
    );
    // wasm-bindgen imports the script that loads the parts once for each part, and names it as often.
    let twice = "--log-override:duplicate-object-key=silent";
    let options = ["--bundle", "--loader=js", "--format=esm", "--target=es2022", twice, LATER_STYLES];
    let script = esbuild(frontend, entry.as_bytes(), dev, &options)?;
    let script = parts(script, app, files)?;
    let script_path = format!("assets/{}", hashed("mendmap", &script, "js"));
    let module_path = format!("assets/{module}");
    let markup = format!(
        "<link rel=\"preload\" href=\"/{module_path}\" as=\"fetch\" type=\"application/wasm\" crossorigin>\n    \
         <script type=\"module\" src=\"/{script_path}\"></script>"
    );
    files.insert(script_path.into(), script);
    files.insert(module_path.into(), app.wasm.clone());
    Ok(markup)
}

/// Adds the parts that are fetched later, and puts their new names where `script` asks for the old ones.
fn parts(script: Vec<u8>, app: &App, files: &mut Files) -> Result<Vec<u8>> {
    let mut script = String::from_utf8(script).context("the script is not UTF-8")?;
    for (name, wasm) in &app.parts {
        let old = format!("\"./{name}.wasm\"");
        let new = hashed(name, wasm, "wasm");
        ensure!(script.matches(&old).count() == 1, "the script does not ask for {old} exactly once");
        script = script.replace(&old, &serde_json::to_string(&new)?);
        files.insert(Path::new("assets").join(new), wasm.clone());
    }
    Ok(script.into_bytes())
}

/// Runs esbuild over `input`.
fn esbuild(frontend: &Path, input: &[u8], dev: bool, options: &[&str]) -> Result<Vec<u8>> {
    let entry = tempfile::NamedTempFile::new()?;
    fs::write(entry.path(), input)?;
    let mut command = Command::new("node_modules/.bin/esbuild");
    command.current_dir(frontend).args(["--log-level=warning", "--charset=utf8", "--legal-comments=none"]);
    command.args(options).args((!dev).then_some("--minify")).stdin(fs::File::open(entry.path())?);
    let output = command.output().context("cannot run esbuild from npm: run `make setup`")?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success() && complaint.is_empty(), "esbuild: {complaint}");
    Ok(output.stdout)
}

/// Replaces `dist` by `files`. The old one is there until the new one is complete, so a server that is running never
/// sees half a site.
fn replace(dist: &Path, files: &Files, dev: bool, cache: &Cache) -> Result<Vec<Written>> {
    let parent = dist.parent().context("dist has no parent")?;
    let staging = tempfile::Builder::new().prefix(".dist-").tempdir_in(parent)?;
    let mut written = Vec::new();
    for (path, bytes) in files {
        let target = staging.path().join(path);
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&target, bytes)?;
        let mut brotli_size = None;
        if !dev && compress::is_worth_it(path) {
            let packed = compress::brotli(bytes, cache)?;
            brotli_size = Some(packed.len());
            write_if_smaller(&target, "br", &packed, bytes)?;
            write_if_smaller(&target, "gz", &compress::gzip(bytes, cache)?, bytes)?;
        }
        written.push(Written { path: path.clone(), bytes: bytes.len(), brotli: brotli_size });
    }
    readable_by_all(staging.path())?;
    if dist.exists() {
        let old = tempfile::Builder::new().prefix(".dist-old-").tempdir_in(parent)?;
        fs::rename(dist, old.path().join("dist"))?;
    }
    fs::rename(staging.keep(), dist).with_context(|| format!("cannot replace {}", dist.display()))?;
    Ok(written)
}

/// A temporary folder is private by default; the site is not.
fn readable_by_all(folder: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    Ok(fs::set_permissions(folder, fs::Permissions::from_mode(0o755))?)
}

fn write_if_smaller(target: &Path, format: &str, packed: &[u8], original: &[u8]) -> Result<()> {
    if packed.len() < original.len() {
        let mut name = target.as_os_str().to_owned();
        name.push(".");
        name.push(format);
        fs::write(name, packed)?;
    }
    Ok(())
}

/// Reads a folder with all that is in it, hidden files left out, into `files` under `prefix`.
fn read_folder(folder: &Path, prefix: &Path, files: &mut Files) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let entry = entry?;
        let path = prefix.join(entry.file_name());
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        if entry.file_type()?.is_dir() {
            read_folder(&entry.path(), &path, files)?;
        } else if files.insert(path.clone(), read(&entry.path())?).is_some() {
            bail!("two files want to be {} in the site", path.display());
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}
