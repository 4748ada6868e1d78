//! The app itself: from Rust to optimised WebAssembly and its JavaScript glue.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, anyhow, ensure};
use wasm_bindgen_cli_support::Bindgen;

use crate::cache::{self, Cache};

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

/// A finished app.
pub struct App {
    /// Folder with `mendmap.js` (and what it imports).
    pub glue: PathBuf,
    /// The WebAssembly module.
    pub wasm: Vec<u8>,
}

/// Has cargo compile the app and answers where the WebAssembly is. Cargo knows best what changed.
pub fn compile(dev: bool) -> Result<PathBuf> {
    let profile = if dev { "dev" } else { "wasm-release" };
    let output = Command::new("cargo")
        .args(["build", "--package", "mendmap-frontend", "--bin", "mendmap-frontend"])
        .args(["--target", "wasm32-unknown-unknown", "--profile", profile])
        .arg("--message-format=json-render-diagnostics")
        .stderr(Stdio::inherit())
        .output()
        .context("cannot run cargo")?;
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

/// Makes the glue and, unless `dev`, optimises the module for size.
pub fn finish(compiled: &Path, dev: bool, cache: &Cache) -> Result<App> {
    let raw = fs::read(compiled).with_context(|| format!("cannot read {}", compiled.display()))?;
    let version = env!("CARGO_PKG_VERSION").as_bytes();
    let glue = cache.folder("glue", &[&raw, version, &[u8::from(dev)]], |folder| {
        Bindgen::new()
            .input_bytes("mendmap", raw.clone())
            .web(true)
            .map_err(|error| anyhow!("{error:#}"))?
            .typescript(false)
            .omit_default_module_path(true)
            .keep_debug(dev)
            .remove_name_section(!dev)
            .remove_producers_section(true)
            .generate(folder)
            .map_err(|error| anyhow!("wasm-bindgen: {error:#}"))
    })?;
    let bound = fs::read(glue.join("mendmap_bg.wasm")).context("wasm-bindgen left no module")?;
    let wasm = if dev { bound } else { optimise(&bound, cache)? };
    Ok(App { glue, wasm })
}

/// Binaryen's `wasm-opt -Oz`.
fn optimise(wasm: &[u8], cache: &Cache) -> Result<Vec<u8>> {
    let package = Path::new("frontend/node_modules/binaryen");
    let version = fs::read(package.join("package.json")).context("npm's binaryen is missing: run `make setup`")?;
    let settings = format!("-Oz {}", FEATURES.join(" "));
    let folder = cache.folder("wasm-opt", &[wasm, &version, settings.as_bytes()], |folder| {
        let input = folder.join("input.wasm");
        fs::write(&input, wasm)?;
        let status = Command::new(package.join("bin/wasm-opt"))
            .arg("-Oz")
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
