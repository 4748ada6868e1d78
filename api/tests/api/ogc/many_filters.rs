//! Filters that nobody thought of: none is an error of the database, and each finds what the features themselves say.

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::Value;

use super::{features, get, ids, query, start};

/// How many are tried.
const FILTERS: usize = 150;

const NUMBERS: [&str; 4] = ["id", "supporters", "updates", "photos"];
const TEXTS: [&str; 7] = ["status", "status_group", "category", "title", "street", "ward", "body"];
const MOMENTS: [&str; 3] = ["reported", "confirmed", "closed"];
const SIGNS: [&str; 6] = ["=", "<>", "<", "<=", ">", ">="];

#[derive(Debug, Clone)]
enum Tree {
    Number(&'static str, &'static str, i64),
    Text(&'static str, &'static str, String),
    Moment(&'static str, &'static str, String),
    Pair(&'static str, &'static str, &'static str),
    Like(&'static str, String),
    In(&'static str, Vec<String>),
    Null(&'static str),
    Box(f64, f64, f64, f64),
    Not(Box<Tree>),
    And(Box<Tree>, Box<Tree>),
    Or(Box<Tree>, Box<Tree>),
}

fn words() -> impl Strategy<Value = String> {
    // Words that stand there, and any others: quotes, signs of SQL, letters of all the world.
    let known = prop::sample::select(vec![
        "open",
        "fixed",
        "closed",
        "drains",
        "Deep pothole 4",
        "Quay Street",
        "Quay",
        "south",
        "",
        "'",
        "\\",
        "%",
        "'; --",
        "Café",
    ]);
    prop_oneof![known.prop_map(str::to_owned), "\\PC{0,8}"]
}

fn moments() -> impl Strategy<Value = String> {
    // Some of them are the very seconds that are told.
    (1_i64..70, 0_i64..3).prop_map(|(day, off)| {
        let at = chrono::DateTime::from_timestamp(1_767_225_600 + day * 90_000 + off - 1, 0).unwrap();
        at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
    })
}

fn trees() -> impl Strategy<Value = Tree> {
    let sign = || prop::sample::select(SIGNS.to_vec());
    let text = || prop::sample::select(TEXTS.to_vec());
    let edge = |from: f64| (from..from + 0.2, 0.0..0.1_f64);
    let leaf = prop_oneof![
        (prop::sample::select(NUMBERS.to_vec()), sign(), -2_i64..70)
            .prop_map(|(name, sign, value)| Tree::Number(name, sign, value)),
        (text(), sign(), words()).prop_map(|(name, sign, value)| Tree::Text(name, sign, value)),
        (prop::sample::select(MOMENTS.to_vec()), sign(), moments())
            .prop_map(|(name, sign, value)| Tree::Moment(name, sign, value)),
        (text(), sign(), text()).prop_map(|(one, sign, other)| Tree::Pair(one, sign, other)),
        (text(), "[a-zQ%_ 0-9]{0,6}").prop_map(|(name, pattern)| Tree::Like(name, pattern)),
        (text(), prop::collection::vec(words(), 1..4)).prop_map(|(name, list)| Tree::In(name, list)),
        prop::sample::select([&NUMBERS[..], &TEXTS[..], &MOMENTS[..]].concat()).prop_map(Tree::Null),
        (edge(-3.1), edge(51.5)).prop_map(|((west, width), (south, height))| Tree::Box(
            west,
            south,
            west + width,
            south + height
        )),
    ];
    leaf.prop_recursive(4, 24, 2, |inner| {
        prop_oneof![
            inner.clone().prop_map(|one| Tree::Not(Box::new(one))),
            (inner.clone(), inner.clone()).prop_map(|(one, other)| Tree::And(Box::new(one), Box::new(other))),
            (inner.clone(), inner).prop_map(|(one, other)| Tree::Or(Box::new(one), Box::new(other))),
        ]
    })
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

impl Tree {
    fn cql(&self) -> String {
        match self {
            Self::Number(name, sign, value) => format!("{name} {sign} {value}"),
            Self::Text(name, sign, value) => format!("{name} {sign} {}", quoted(value)),
            Self::Moment(name, sign, value) => format!("{name} {sign} TIMESTAMP('{value}')"),
            Self::Pair(one, sign, other) => format!("{one} {sign} {other}"),
            Self::Like(name, pattern) => format!("{name} LIKE {}", quoted(pattern)),
            Self::In(name, list) => {
                format!("{name} IN ({})", list.iter().map(|one| quoted(one)).collect::<Vec<_>>().join(", "))
            }
            Self::Null(name) => format!("{name} IS NULL"),
            Self::Box(west, south, east, north) => {
                format!("S_INTERSECTS(geometry, BBOX({west}, {south}, {east}, {north}))")
            }
            Self::Not(one) => format!("NOT ({})", one.cql()),
            Self::And(one, other) => format!("({}) AND ({})", one.cql(), other.cql()),
            Self::Or(one, other) => format!("({}) OR ({})", one.cql(), other.cql()),
        }
    }

    /// Whether the feature is so; nothing where that is not known, as SQL has it.
    fn holds(&self, feature: &Value) -> Option<bool> {
        let property = |name: &str| &feature["properties"][name];
        let text = |name: &str| property(name).as_str();
        match self {
            Self::Number(name, sign, value) => Some(compared(sign, &property(name).as_i64()?, value)),
            Self::Text(name, sign, value) => Some(compared(sign, &text(name)?, &value.as_str())),
            // Told in whole seconds, UTC: in the order of their letters.
            Self::Moment(name, sign, value) => Some(compared(sign, &text(name)?, &value.as_str())),
            Self::Pair(one, sign, other) => Some(compared(sign, &text(one)?, &text(other)?)),
            Self::Like(name, pattern) => {
                let (text, pattern): (Vec<char>, Vec<char>) =
                    (text(name)?.chars().collect(), pattern.chars().collect());
                Some(like(&text, &pattern))
            }
            Self::In(name, list) => {
                let text = text(name)?;
                Some(list.iter().any(|one| one == text))
            }
            Self::Null(name) => Some(property(name).is_null()),
            Self::Box(west, south, east, north) => {
                let at = |place: usize| feature["geometry"]["coordinates"][place].as_f64().unwrap();
                Some((*west..=*east).contains(&at(0)) && (*south..=*north).contains(&at(1)))
            }
            Self::Not(one) => one.holds(feature).map(|so| !so),
            Self::And(one, other) => match (one.holds(feature), other.holds(feature)) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            },
            Self::Or(one, other) => match (one.holds(feature), other.holds(feature)) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            },
        }
    }
}

fn compared<T: PartialOrd>(sign: &str, one: &T, other: &T) -> bool {
    match sign {
        "=" => one == other,
        "<>" => one != other,
        "<" => one < other,
        "<=" => one <= other,
        ">" => one > other,
        _ => one >= other,
    }
}

fn like(text: &[char], pattern: &[char]) -> bool {
    match pattern {
        [] => text.is_empty(),
        ['%', rest @ ..] => (0..=text.len()).any(|at| like(&text[at..], rest)),
        ['_', rest @ ..] => !text.is_empty() && like(&text[1..], rest),
        [letter, rest @ ..] => text.first() == Some(letter) && like(&text[1..], rest),
    }
}

#[actix_web::test]
async fn any_filter_finds_what_the_features_say_of_themselves() {
    let app = start().await;
    let all = get(&app, "/collections/reports/items").await;
    let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let (mut some, mut none) = (0, 0);
    for _ in 0..FILTERS {
        let tree = trees().new_tree(&mut runner).unwrap().current();
        let filter = tree.cql();
        let asked = query(&[("filter", &filter), ("limit", "10000")]);
        let answer = app.get(&format!("/ogc/collections/reports/items?{asked}")).await;
        assert_eq!(answer.status, 200, "{filter}: {}", answer.body);
        let wanted: Vec<i64> = features(&all)
            .iter()
            .filter(|feature| tree.holds(feature) == Some(true))
            .map(|feature| feature["id"].as_i64().unwrap())
            .collect();
        assert_eq!(ids(&answer), wanted, "{filter}");
        *if wanted.is_empty() { &mut none } else { &mut some } += 1;
    }
    // Filters that find nothing prove little.
    assert!(some > FILTERS / 3 && none > 0, "{some} found something");
}
