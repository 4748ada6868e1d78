//! Extra questions of a category, in Open311's six datatypes, and the check of their answers.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::DateTime;
use serde::{Deserialize, Serialize};

use crate::error::{FieldCode, FieldProblem, FieldProblems};
use crate::limits::ANSWER_CHARS;
use crate::text::tidy;

/// How a question is answered (Open311 GeoReport v2, service definition).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Datatype {
    /// One line.
    String,
    /// A decimal number.
    Number,
    /// A date and time, RFC 3339 with its zone.
    Datetime,
    /// Several lines.
    Text,
    /// One of the choices.
    SingleValueList,
    /// Any number of the choices.
    MultiValueList,
}

/// One extra question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Question {
    /// Stable name of the answer, unique within the category.
    #[cfg_attr(feature = "openapi", schema(example = "depth"))]
    pub code: String,
    /// What people read.
    #[cfg_attr(feature = "openapi", schema(example = "How deep is it?"))]
    pub label: String,
    /// A line of help under it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// How it is answered.
    pub datatype: Datatype,
    /// Whether an answer is needed.
    #[serde(default)]
    pub required: bool,
    /// The choices of the two list datatypes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<Choice>,
}

/// One choice of a list question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Choice {
    /// Stable value.
    pub key: String,
    /// What people read.
    pub name: String,
    /// Choosing this blocks the report with this message ("This is an emergency, phone 999").
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocks: Option<String>,
}

/// Why a list of questions cannot be asked. Questions and choices are named by their place, counted from 1, and their code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnusableQuestion {
    /// It has no code, or one with spaces around it: its answer would have no name.
    Code(usize),
    /// It has the code of one before it: one answer would stand for both.
    RepeatedCode(String),
    /// People would see nothing to answer.
    Label(String),
    /// A list from which nothing can be chosen.
    NoChoices(String),
    /// A choice that has no key or no name, or a key with spaces around it.
    Choice(String, usize),
    /// A choice with the key of one before it.
    RepeatedChoice(String, String),
}

impl fmt::Display for UnusableQuestion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(number) => write!(f, "question {number} needs a code without spaces around it"),
            Self::RepeatedCode(code) => write!(f, "the code {code:?} stands twice"),
            Self::Label(code) => write!(f, "question {code:?} needs a label"),
            Self::NoChoices(code) => write!(f, "question {code:?} is a list and needs choices"),
            Self::Choice(code, number) => {
                write!(f, "choice {number} of question {code:?} needs a name, and a key without spaces around it")
            }
            Self::RepeatedChoice(code, key) => write!(f, "the key {key:?} stands twice in question {code:?}"),
        }
    }
}

impl std::error::Error for UnusableQuestion {}

/// Whether people can answer these questions: a category with one that nobody can answer could never be reported.
///
/// # Errors
/// The first thing that is in the way.
pub fn validate(questions: &[Question]) -> Result<(), UnusableQuestion> {
    let is_name = |text: &str| !text.is_empty() && text.trim() == text;
    let mut codes = BTreeSet::new();
    for (number, question) in (1..).zip(questions) {
        let code = &question.code;
        if !is_name(code) {
            return Err(UnusableQuestion::Code(number));
        }
        if !codes.insert(code) {
            return Err(UnusableQuestion::RepeatedCode(code.clone()));
        }
        if question.label.trim().is_empty() {
            return Err(UnusableQuestion::Label(code.clone()));
        }
        let is_list = matches!(question.datatype, Datatype::SingleValueList | Datatype::MultiValueList);
        if is_list && question.choices.is_empty() {
            return Err(UnusableQuestion::NoChoices(code.clone()));
        }
        let mut keys = BTreeSet::new();
        for (place, choice) in (1..).zip(&question.choices) {
            if !is_name(&choice.key) || choice.name.trim().is_empty() {
                return Err(UnusableQuestion::Choice(code.clone(), place));
            }
            if !keys.insert(&choice.key) {
                return Err(UnusableQuestion::RepeatedChoice(code.clone(), choice.key.clone()));
            }
        }
    }
    Ok(())
}

/// The answer to one question: one text, or several keys for a `multivaluelist`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum Answer {
    /// One value as text.
    One(String),
    /// Keys of the chosen choices.
    Many(Vec<String>),
}

/// Answers by question code.
pub type Answers = BTreeMap<String, Answer>;

/// What the check of answers found.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// The answers that belong to a question, trimmed; empty ones left out.
    pub answers: Answers,
    /// Problems by `answers.<code>`.
    pub problems: FieldProblems,
    /// The message of the first choice that blocks the report.
    pub blocked: Option<String>,
}

/// Checks answers against the questions. Answers to unknown questions are refused by name.
#[must_use]
pub fn check(questions: &[Question], answers: &Answers) -> Checked {
    let mut checked = Checked::default();
    for question in questions {
        let field = format!("answers.{}", question.code);
        match check_one(question, answers.get(&question.code)) {
            Ok(Some(answer)) => {
                checked.blocked = checked.blocked.or_else(|| blocking(question, &answer).map(str::to_owned));
                checked.answers.insert(question.code.clone(), answer);
            }
            Ok(None) => {}
            Err(code) => {
                checked.problems.insert(field, FieldProblem::from(code));
            }
        }
    }
    for code in answers.keys().filter(|code| !questions.iter().any(|question| question.code == **code)) {
        checked.problems.insert(format!("answers.{code}"), FieldCode::Unknown.into());
    }
    checked
}

/// The blocking message of an answer, if it has one: the browser asks at once, not only on submitting.
#[must_use]
pub fn blocking<'q>(question: &'q Question, answer: &Answer) -> Option<&'q str> {
    let chosen = |key: &String| match answer {
        Answer::One(one) => one == key,
        Answer::Many(many) => many.contains(key),
    };
    question.choices.iter().find(|choice| choice.blocks.is_some() && chosen(&choice.key))?.blocks.as_deref()
}

fn check_one(question: &Question, answer: Option<&Answer>) -> Result<Option<Answer>, FieldCode> {
    let is_choice = |key: &str| question.choices.iter().any(|choice| choice.key == key);
    let checked = match (question.datatype, answer) {
        (_, None) => None,
        (Datatype::MultiValueList, Some(answer)) => {
            let keys = match answer {
                Answer::One(key) if key.trim().is_empty() => Vec::new(),
                Answer::One(key) => vec![key.clone()],
                Answer::Many(keys) => keys.clone(),
            };
            if !keys.iter().all(|key| is_choice(key)) {
                return Err(FieldCode::InvalidChoice);
            }
            // In the order of the choices, each once, whatever the form sent.
            let keys: Vec<_> =
                question.choices.iter().map(|choice| &choice.key).filter(|key| keys.contains(key)).cloned().collect();
            (!keys.is_empty()).then_some(Answer::Many(keys))
        }
        (_, Some(Answer::Many(_))) => return Err(FieldCode::Invalid),
        (datatype, Some(Answer::One(text))) => {
            let text = tidy(text);
            let text = text.as_str();
            if text.is_empty() {
                None
            } else if text.chars().count() > ANSWER_CHARS {
                return Err(FieldCode::TooLong);
            } else {
                match datatype {
                    Datatype::Number => {
                        text.parse::<f64>().ok().filter(|n| n.is_finite()).ok_or(FieldCode::InvalidNumber)?;
                    }
                    Datatype::Datetime => {
                        DateTime::parse_from_rfc3339(text).map_err(|_| FieldCode::InvalidDatetime)?;
                    }
                    Datatype::SingleValueList if !is_choice(text) => return Err(FieldCode::InvalidChoice),
                    Datatype::String if text.contains('\n') => return Err(FieldCode::Invalid),
                    _ => {}
                }
                Some(Answer::One(text.to_owned()))
            }
        }
    };
    if checked.is_none() && question.required { Err(FieldCode::Required) } else { Ok(checked) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(datatype: Datatype, required: bool) -> Question {
        let choice = |key: &str, blocks: Option<&str>| Choice {
            key: key.into(),
            name: key.into(),
            blocks: blocks.map(Into::into),
        };
        Question {
            code: "q".into(),
            label: "Q?".into(),
            hint: None,
            datatype,
            required,
            choices: vec![choice("a", None), choice("b", None), choice("danger", Some("Phone 999"))],
        }
    }

    fn ask(datatype: Datatype, answer: Answer) -> Checked {
        check(&[question(datatype, true)], &Answers::from([("q".to_owned(), answer)]))
    }

    #[test]
    fn each_datatype_takes_its_own_and_refuses_the_rest() {
        let one = |text: &str| Answer::One(text.into());
        let cases = [
            (Datatype::String, one("blue"), None),
            (Datatype::String, one("two\nlines"), Some(FieldCode::Invalid)),
            (Datatype::Text, one("two\nlines"), None),
            (Datatype::Number, one("12.5"), None),
            (Datatype::Number, one("NaN"), Some(FieldCode::InvalidNumber)),
            (Datatype::Number, one("deep"), Some(FieldCode::InvalidNumber)),
            (Datatype::Datetime, one("2026-03-01T10:00:00Z"), None),
            (Datatype::Datetime, one("2026-03-01 10:00"), Some(FieldCode::InvalidDatetime)),
            (Datatype::SingleValueList, one("a"), None),
            (Datatype::SingleValueList, one("z"), Some(FieldCode::InvalidChoice)),
            (Datatype::SingleValueList, Answer::Many(vec!["a".into()]), Some(FieldCode::Invalid)),
            (Datatype::MultiValueList, Answer::Many(vec!["b".into(), "a".into()]), None),
            (Datatype::MultiValueList, Answer::Many(vec!["a".into(), "z".into()]), Some(FieldCode::InvalidChoice)),
            (Datatype::String, one("  "), Some(FieldCode::Required)),
            (Datatype::MultiValueList, Answer::Many(vec![]), Some(FieldCode::Required)),
        ];
        for (datatype, answer, problem) in cases {
            let checked = ask(datatype, answer.clone());
            assert_eq!(checked.problems.get("answers.q").map(|p| p.code), problem, "{datatype:?} {answer:?}");
        }
    }

    #[test]
    fn a_blocking_choice_stops_the_report_with_its_message() {
        assert_eq!(ask(Datatype::SingleValueList, Answer::One("danger".into())).blocked.as_deref(), Some("Phone 999"));
        assert_eq!(
            ask(Datatype::MultiValueList, Answer::Many(vec!["a".into(), "danger".into()])).blocked.as_deref(),
            Some("Phone 999")
        );
        assert_eq!(ask(Datatype::SingleValueList, Answer::One("a".into())).blocked, None);
    }

    #[test]
    fn questions_that_nobody_could_answer_are_refused() {
        type Spoil = fn(&mut Question);
        let cases: [(Spoil, UnusableQuestion); 7] = [
            (|q| q.code = " ".into(), UnusableQuestion::Code(1)),
            (|q| q.code = "q ".into(), UnusableQuestion::Code(1)),
            (|q| q.label.clear(), UnusableQuestion::Label("q".into())),
            (|q| q.choices.clear(), UnusableQuestion::NoChoices("q".into())),
            (|q| q.choices[1].key.clear(), UnusableQuestion::Choice("q".into(), 2)),
            (|q| q.choices[1].name.clear(), UnusableQuestion::Choice("q".into(), 2)),
            (|q| q.choices[1].key = "a".into(), UnusableQuestion::RepeatedChoice("q".into(), "a".into())),
        ];
        let sound = question(Datatype::SingleValueList, true);
        assert_eq!(validate(std::slice::from_ref(&sound)), Ok(()));
        for (spoil, problem) in cases {
            let mut question = sound.clone();
            spoil(&mut question);
            assert_eq!(validate(&[question]), Err(problem));
        }
        assert_eq!(validate(&[sound.clone(), sound]), Err(UnusableQuestion::RepeatedCode("q".into())));
    }

    #[test]
    fn the_usual_categories_ask_questions_that_can_be_answered() {
        for category in crate::standard_categories::standard_categories() {
            assert_eq!(validate(&category.questions), Ok(()), "{}", category.code);
        }
    }

    #[test]
    fn an_answer_to_a_question_nobody_asked_is_refused_by_name() {
        let checked = check(&[], &Answers::from([("x".to_owned(), Answer::One("1".into()))]));
        assert_eq!(checked.problems.get("answers.x").map(|problem| problem.code), Some(FieldCode::Unknown));
    }
}
