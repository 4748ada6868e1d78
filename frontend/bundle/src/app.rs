//! The app itself: from Rust to optimised WebAssembly and its JavaScript glue.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, anyhow, ensure};
use wasm_bindgen_cli_support::{Bindgen, Output};

use crate::cache::{self, Cache};
use crate::{last_words, trim};

/// What rustc 1.95 emits for wasm32-unknown-unknown; wasm-opt refuses a module that uses more than it was told of.
const FEATURES: [&str; 8] = [
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-call-indirect-overlong",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// How wasm-opt is to work. What counts is the size when compressed: control flow made anew from scratch gives more of the same
/// patterns, a second round finds what the first made possible, and a large function with one caller is better left a function.
/// No data lies in the first kilobyte: that is the end of the stack.
const OPTIMISATION: [&str; 6] =
    ["--flatten", "--rereloop", "-Oz", "-Oz", "--low-memory-unused", "--one-caller-inline-max-function-size=40"];

/// Changes when the way of making the glue does.
const GLUE: &[u8] = b"split, short names, no streams, later styles, patience, no last words, nor what they need";

/// Folder of the parts, beside the glue.
const PARTS: &str = "parts";

/// The script that loads the parts, and how the main module imports it.
const LOADER: &str = "./parts.js";

/// A finished app.
pub struct App {
    /// Folder with `mendmap.js` (and what it imports), the entrance to everything.
    pub glue: PathBuf,
    /// The WebAssembly that comes with every page.
    pub wasm: Vec<u8>,
    /// The parts that are fetched when they are needed, by the name under which the glue asks for them (`./NAME.wasm`).
    pub parts: BTreeMap<String, Vec<u8>>,
}

/// Has cargo compile the app and answers where the WebAssembly is. Cargo knows best what changed.
pub fn compile(dev: bool) -> Result<PathBuf> {
    let mut command = Command::new("cargo");
    command.args(["rustc", "--package", "mendmap-frontend", "--bin", "mendmap-frontend"]);
    command.args(["--target", "wasm32-unknown-unknown", "--message-format=json-render-diagnostics"]);
    if dev {
        command.args(["--profile", "dev"]);
    } else {
        // Splitting needs to know which function calls which: the linker leaves that in the module.
        command.args(["--profile", "wasm-release", "--features", "split", "--", "-Clink-arg=--emit-relocs"]);
    }
    let output = command.stderr(Stdio::inherit()).output().context("cannot run cargo")?;
    ensure!(output.status.success(), "the app does not compile");
    output
        .stdout
        .split(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice::<serde_json::Value>(line).ok())
        .filter(|message| message["reason"] == "compiler-artifact" && message["target"]["name"] == "mendmap-frontend")
        .filter_map(|message| Some(PathBuf::from(message["filenames"].as_array()?.first()?.as_str()?)))
        .find(|path| path.extension().is_some_and(|extension| extension == "wasm"))
        .context("cargo did not say where it put the app")
}

/// Makes the glue and, unless `dev`, splits the app into its parts and optimises each of them for size.
pub fn finish(compiled: &Path, dev: bool, cache: &Cache) -> Result<App> {
    let raw = fs::read(compiled).with_context(|| format!("cannot read {}", compiled.display()))?;
    let version = env!("CARGO_PKG_VERSION").as_bytes();
    let glue = cache.folder("glue", &[GLUE, &raw, version, &[u8::from(dev)]], |folder| {
        let main = if dev { raw.clone() } else { split(&last_words::remove(&raw)?, folder)? };
        let mut output = Bindgen::new()
            .input_bytes("mendmap", main)
            .web(true)
            .map_err(|error| anyhow!("{error:#}"))?
            .typescript(false)
            .omit_default_module_path(true)
            // The parts reach into the main module by what the linker exported.
            .keep_lld_exports(!dev)
            .demangle(dev)
            .keep_debug(dev)
            .remove_name_section(!dev)
            .remove_producers_section(true)
            .generate_output()
            .map_err(|error| anyhow!("wasm-bindgen: {error:#}"))?;
        let shorter = if dev { Vec::new() } else { shorten_imports(&mut output) };
        if !dev {
            trim::trim(output.wasm_mut())?;
        }
        output.emit(folder).map_err(|error| anyhow!("wasm-bindgen: {error:#}"))?;
        let script = folder.join("mendmap.js");
        fs::write(&script, rename_imports(fs::read_to_string(&script)?, &shorter)?)?;
        Ok(())
    })?;
    let bound = fs::read(glue.join("mendmap_bg.wasm")).context("wasm-bindgen left no module")?;
    let wasm = if dev { bound } else { optimise(&bound, cache)? };
    let mut parts = BTreeMap::new();
    if !dev {
        for entry in fs::read_dir(glue.join(PARTS)).context("the app was not split")? {
            let path = entry?.path();
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            parts.insert(name, optimise(&fs::read(&path)?, cache)?);
        }
    }
    Ok(App { glue, wasm, parts })
}

/// The script that loads the parts, waiting with each of them for their style sheet too, and patient with whoever leaves.
fn with_styles(loader: &str) -> Result<String> {
    const FAILED: &str = "console.error(e);";
    ensure!(loader.matches(FAILED).count() == 1, "the script that loads the parts has changed");
    // Whoever leaves the site ends its loading, and that is no failure: a page that is left waits no second (start.mjs).
    let loader = loader.replace(FAILED, &format!("await new Promise((stayed) => setTimeout(stayed, 1000));\n{FAILED}"));
    const PART: &str = "export const __wasm_split_load_";
    const NEEDS: &str = "\n, [";
    let (before, parts) = loader.split_once(PART).context("the app has no parts")?;
    let mut script = format!("import {{ sheet }} from \"later-styles\";\n{before}");
    for part in parts.split(PART) {
        ensure!(part.matches(NEEDS).count() == 1, "the script that loads the parts has changed");
        script.push_str(PART);
        script.push_str(&part.replace(NEEDS, &format!("{NEEDS}sheet, ")));
    }
    Ok(script)
}

/// Gives the functions that the module takes from its glue short names, and answers the old and the new ones. The old ones
/// have a hash each, which nothing compresses.
fn shorten_imports(output: &mut Output) -> Vec<(String, String)> {
    let mut names = Vec::new();
    for import in output.wasm_mut().imports.iter_mut().filter(|import| import.module == "./mendmap_bg.js") {
        let old = std::mem::replace(&mut import.name, format!("f{}", names.len()));
        names.push((old, import.name.clone()));
    }
    names
}

/// The glue with the functions' new names.
fn rename_imports(script: String, names: &[(String, String)]) -> Result<String> {
    let mut script = script;
    for (old, new) in names {
        let (old, new) = (format!(" {old}: "), format!(" {new}: "));
        ensure!(script.matches(&old).count() == 1, "the glue does not define{old}exactly once");
        script = script.replace(&old, &new);
    }
    Ok(script)
}

/// Splits the app where its source says so (`frontend/src/parts.rs`). Answers the main module; the parts go into a
/// folder of their own, and the script that loads them beside the glue.
fn split(raw: &[u8], folder: &Path) -> Result<Vec<u8>> {
    let parts = folder.join(PARTS);
    let main = folder.join("main.wasm");
    let mut options = wasm_split_cli_support::Options::new(raw);
    options.output_dir = &parts;
    options.main_out_path = &main;
    options.link_name = LOADER;
    options.main_module = "./mendmap.js";
    wasm_split_cli_support::transform(options).map_err(|error| anyhow!("cannot split the app: {error:#}"))?;
    let loader = with_styles(&fs::read_to_string(parts.join(LOADER))?)?;
    fs::write(folder.join(LOADER), loader)?;
    fs::remove_file(parts.join(LOADER))?;
    let module = fs::read(&main)?;
    fs::remove_file(&main)?;
    Ok(module)
}

/// Binaryen's `wasm-opt`.
fn optimise(wasm: &[u8], cache: &Cache) -> Result<Vec<u8>> {
    let package = Path::new("frontend/node_modules/binaryen");
    let version = fs::read(package.join("package.json")).context("npm's binaryen is missing: run `make setup`")?;
    let settings = format!("{} {}", OPTIMISATION.join(" "), FEATURES.join(" "));
    let folder = cache.folder("wasm-opt", &[wasm, &version, settings.as_bytes()], |folder| {
        let input = folder.join("input.wasm");
        fs::write(&input, wasm)?;
        let status = Command::new(package.join("bin/wasm-opt"))
            .args(OPTIMISATION)
            .args(FEATURES)
            .arg(&input)
            .arg("--output")
            .arg(folder.join("output.wasm"))
            .status()
            .context("cannot run wasm-opt")?;
        ensure!(status.success(), "wasm-opt failed");
        fs::remove_file(input)?;
        Ok(())
    })?;
    fs::read(folder.join("output.wasm")).context("wasm-opt left no module")
}

/// The name a file gets when its content decides it: `mendmap-0123456789abcdef.wasm`.
pub fn hashed(stem: &str, content: &[u8], extension: &str) -> String {
    format!("{stem}-{}.{extension}", cache::hash(&[content]))
}
