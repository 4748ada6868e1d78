//! What can be set.

use std::env;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;

/// Reports of the small database, of the large one, and of the largest with `BENCH_FULL=1`.
const SIZES: [u32; 3] = [100_000, 1_000_000, 10_000_000];

/// How the bench runs.
#[derive(Debug)]
pub struct Options {
    /// Reports of each database, fewest first: two or three.
    pub sizes: Vec<u32>,
    /// Times that each pair is measured.
    pub rounds: usize,
    /// How long each side of a pair is measured each time.
    pub seconds: Duration,
    /// Folder of the real region, where it is.
    pub region: Option<PathBuf>,
    /// Folder that is kept, and whose databases are used again.
    pub kept: Option<PathBuf>,
    /// Measures to run; all where none is named.
    pub only: Vec<String>,
    /// Where the numbers go.
    pub report: PathBuf,
    /// The project's folder.
    pub project: PathBuf,
}

impl Options {
    /// Reads `BENCH_FULL`, `BENCH_ROUNDS`, `BENCH_SECONDS`, `BENCH_SIZES`, `BENCH_ONLY`, `BENCH_DIR` and `MENDMAP_DATA`.
    pub fn from_env() -> anyhow::Result<Self> {
        let project = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize()?;
        let text = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
        let number = |name: &str, default: u32| {
            text(name).map_or(Ok(default), |value| value.parse().with_context(|| format!("{name} is no number")))
        };
        let full = text("BENCH_FULL").is_some_and(|value| value == "1");
        let sizes = match text("BENCH_SIZES") {
            Some(value) => value.split(',').map(str::parse).collect::<Result<_, _>>().context("BENCH_SIZES")?,
            None => SIZES[..if full { 3 } else { 2 }].to_vec(),
        };
        anyhow::ensure!(sizes.len() >= 2 && sizes.is_sorted(), "BENCH_SIZES are two or three numbers, rising");
        let region = text("MENDMAP_DATA").map_or_else(|| project.join("../shared/data"), PathBuf::from);
        // Where cargo puts what it builds, this program among it: <target>/release/deps/load-….
        let target = env::current_exe()?;
        let target = target.ancestors().nth(3).context("this program lies in no target folder")?;
        Ok(Self {
            sizes,
            rounds: usize::try_from(number("BENCH_ROUNDS", 5)?.max(1))?,
            seconds: Duration::from_secs(number("BENCH_SECONDS", 5)?.max(1).into()),
            region: region.join("README.md").exists().then_some(region),
            kept: text("BENCH_DIR").map(PathBuf::from),
            only: text("BENCH_ONLY").map(|all| all.split(',').map(ToOwned::to_owned).collect()).unwrap_or_default(),
            report: target.join("bench/report.json"),
            project,
        })
    }

    /// Whether this measure is to be run.
    pub fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|wanted| wanted == name)
    }
}
