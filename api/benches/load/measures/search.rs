//! Searching by words.

use diesel::prelude::*;
use diesel::sql_types::Text;

use super::Bench;
use crate::report::Report;

/// Searches of one word, and as many of two.
const WORDS: usize = 16;

#[derive(QueryableByName)]
struct Word {
    #[diesel(sql_type = Text)]
    word: String,
}

impl Bench<'_> {
    pub(super) fn search_p99(&self, report: &mut Report) -> anyhow::Result<()> {
        if !self.options.wants("search_p99") {
            return Ok(());
        }
        // As often as people write them: from the word that is everywhere to one that stands in few reports.
        let words: Vec<Word> = diesel::sql_query(
            "SELECT word FROM ts_stat('SELECT search FROM reports ORDER BY id LIMIT 20000') \
             WHERE word ~ '^[a-z]{4,}$' ORDER BY ndoc DESC, word",
        )
        .load(&mut self.small()?.connect()?)?;
        anyhow::ensure!(words.len() >= WORDS, "there are only {} words", words.len());
        let last = (words.len() - 1) as f64;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and the last word")]
        let at = |n: usize| last.powf(n as f64 / (WORDS - 1) as f64).round() as usize - usize::from(n == 0);
        let chosen: Vec<&str> = (0..WORDS).filter_map(|n| Some(words.get(at(n))?.word.as_str())).collect();
        let pairs = chosen.iter().zip(chosen.iter().rev()).map(|(one, other)| format!("{one}%20{other}"));
        let asked = chosen.iter().map(|word| (*word).to_owned()).chain(pairs);
        let paths: Vec<String> = asked.map(|q| format!("/api/v1/reports?q={q}")).collect();
        self.grows(report, "search_p99", 3.0, &paths, self.middle()?)
    }
}
