//! Bundles the single-page app: compiles it to WebAssembly, makes its JavaScript glue, shrinks both, and writes a
//! `frontend/dist` that the API serves as it is.
//!
//! It does the part of Trunk's work that we need, because compiling Trunk and wasm-bindgen-cli takes longer than all
//! of Mendmap, and because the page must not contain an inline script (strict Content-Security-Policy). It reads the
//! same `index.html` as Trunk does.

mod app;
mod cache;
mod compress;
mod last_words;
mod page;
mod site;
mod trim;

use std::fs::File;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use clap::Parser;

/// Bundles the single-page app into frontend/dist. Run it from the project's root.
#[derive(Parser)]
struct Options {
    /// Compile quickly, keep names for debugging, do not optimise, do not compress
    #[arg(long)]
    dev: bool,
}

fn main() -> Result<()> {
    let options = Options::parse();
    let began = Instant::now();
    let frontend = Path::new("frontend");
    ensure!(
        frontend.join("index.html").is_file(),
        "run this from the project's root: there is no frontend/index.html here"
    );
    ensure!(frontend.join("node_modules").is_dir(), "frontend/node_modules is missing: run `make setup` first");

    // Two at once would rename each other's results. The lock is the kernel's and ends with the process.
    let alone = File::open(frontend).context("cannot open frontend")?;
    alone.lock().context("cannot lock frontend")?;
    let template = std::fs::read_to_string(frontend.join("index.html")).context("cannot read frontend/index.html")?;
    let assets = page::assets(&template).context("in frontend/index.html")?;
    let compiled = app::compile(options.dev)?;
    let cache = cache::Cache::open(&compiled)?;
    let app = app::finish(&compiled, options.dev, &cache)?;
    let written = site::write(frontend, &template, &assets, &app, options.dev, &cache)?;
    cache.forget_old();

    report(&written, began);
    Ok(())
}

#[expect(clippy::print_stdout, reason = "a command-line tool reports on its standard output")]
fn report(written: &[site::Written], began: Instant) {
    for file in written {
        let packed = file.brotli.map(|bytes| format!("  {:>9} as brotli", kilobytes(bytes))).unwrap_or_default();
        println!("{:>9}{packed}  {}", kilobytes(file.bytes), file.path.display());
    }
    println!("frontend/dist is ready ({:.1} s)", began.elapsed().as_secs_f32());
}

fn kilobytes(bytes: usize) -> String {
    format!("{}.{} kB", bytes / 1000, bytes % 1000 / 100)
}
