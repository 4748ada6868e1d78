//! The answers to a category's extra questions, out of all that were ever given in the draft.

use mendmap_shared::error::FieldCode;
use mendmap_shared::questions::{Answer, Answers, Checked, Question, blocking, check};

use crate::components::field_parts::is_unfinished;
use crate::components::{FieldError, FormErrors};

/// Id of the control of a question, and its name in the API's answers.
pub fn field(code: &str) -> String {
    format!("answers.{code}")
}

/// The answers that fit these questions. Those of a category chosen before stay in the draft, in case it is chosen again,
/// and are no business of this one.
pub fn of_questions(questions: &[Question], all: &Answers) -> Answers {
    let fits = |question: &Question, answer: &Answer| {
        let is_choice = |key: &String| question.choices.is_empty() || question.choices.iter().any(|c| c.key == *key);
        match answer {
            Answer::One(text) => text.is_empty() || is_choice(text),
            Answer::Many(keys) => keys.iter().all(is_choice),
        }
    };
    let own = questions.iter().filter_map(|question| {
        let answer = all.get(&question.code).filter(|answer| fits(question, answer))?;
        Some((question.code.clone(), answer.clone()))
    });
    own.collect()
}

/// The message of the first answer that blocks the report, and its question's field.
pub fn blocked(questions: &[Question], all: &Answers) -> Option<FieldError> {
    questions.iter().find_map(|question| {
        let message = blocking(question, all.get(&question.code)?)?;
        Some(FieldError { field: field(&question.code), message: message.to_owned() })
    })
}

/// The answers as the API takes them; else what is wrong, by field.
pub fn checked(questions: &[Question], all: &Answers) -> Result<Answers, Vec<FieldError>> {
    let Checked { answers, mut problems, .. } = check(questions, &of_questions(questions, all));
    // Half a date is no value to the browser; the draft has what there was before.
    for id in questions.iter().map(|question| field(&question.code)).filter(|id| is_unfinished(id)) {
        problems.insert(id, FieldCode::InvalidDatetime.into());
    }
    let mut errors: Vec<_> = problems.iter().map(|(field, problem)| FormErrors::one(field, problem.code)).collect();
    errors.extend(blocked(questions, all));
    if errors.is_empty() { Ok(answers) } else { Err(errors) }
}
