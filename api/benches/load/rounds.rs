//! Measuring two things in turns, so that whatever else the machine does meets both alike.

use crate::process;

/// Numbers of one side, one for each round.
#[derive(Debug, Default)]
pub struct Side(Vec<f64>);

impl Side {
    /// The one in the middle.
    pub fn median(&self) -> f64 {
        median(&self.0)
    }
}

/// Both sides, and the ratio of one to the other in each round.
#[derive(Debug, Default)]
pub struct Pair {
    pub one: Side,
    pub other: Side,
    ratios: Vec<f64>,
}

impl Pair {
    /// Measures both so many times, each time the other one first.
    pub fn measure(
        rounds: usize,
        mut one: impl FnMut() -> anyhow::Result<f64>,
        mut other: impl FnMut() -> anyhow::Result<f64>,
    ) -> anyhow::Result<Self> {
        let mut pair = Self::default();
        for round in 0..rounds {
            process::go_on()?;
            let (first, second) = if round % 2 == 0 {
                (one()?, other()?)
            } else {
                let second = other()?;
                (one()?, second)
            };
            anyhow::ensure!(first > 0.0 && second > 0.0, "nothing was measured: {first} against {second}");
            pair.one.0.push(first);
            pair.other.0.push(second);
            pair.ratios.push(first / second);
        }
        Ok(pair)
    }

    /// The ratio in the middle.
    pub fn ratio(&self) -> f64 {
        median(&self.ratios)
    }

    /// The ratios, as a text.
    pub fn spread(&self) -> String {
        self.ratios.iter().map(|ratio| format!("{ratio:.2}")).collect::<Vec<_>>().join(" ")
    }
}

fn median(numbers: &[f64]) -> f64 {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match (sorted.len() % 2, sorted.get(middle)) {
        (1, Some(number)) => *number,
        (_, Some(number)) => (number + sorted[middle - 1]) / 2.0,
        (_, None) => f64::NAN,
    }
}
