//! Pure decisions about reports.

use mendmap_shared::questions::{Answer, Answers, Question};
use mendmap_shared::wire::desk::AnswerShown;
use mendmap_shared::workflow::Visibility;

/// Answers with the words people chose from, in the order of the questions.
#[must_use]
pub fn answers_in_words(questions: &[Question], answers: &Answers) -> Vec<AnswerShown> {
    let in_words = |question: &Question, key: &String| {
        question
            .choices
            .iter()
            .find(|choice| choice.key == *key)
            .map_or_else(|| key.clone(), |choice| choice.name.clone())
    };
    questions
        .iter()
        .filter_map(|question| {
            let answer = match answers.get(&question.code)? {
                Answer::One(text) => in_words(question, text),
                Answer::Many(keys) => keys.iter().map(|key| in_words(question, key)).collect::<Vec<_>>().join(", "),
            };
            Some(AnswerShown { question: question.label.clone(), answer })
        })
        .collect()
}

/// What a caller is to a report, as far as seeing it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Standing {
    /// They reported it.
    pub author: bool,
    /// They work for a body it went to, and may see the desk.
    pub staff: bool,
}

/// Whether a caller may see a report. Who may not gets the answer of something that does not exist.
#[must_use]
pub const fn may_see(visibility: Visibility, standing: Standing) -> bool {
    match visibility {
        Visibility::Published => true,
        Visibility::Private => standing.author || standing.staff,
        // A body hears of a report only once it is confirmed.
        Visibility::Unconfirmed => standing.author,
        Visibility::Hidden => standing.staff,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mendmap_shared::questions::{Choice, Datatype};

    #[test]
    fn answers_are_shown_in_the_words_of_the_choices() {
        let question = Question {
            code: "affected".into(),
            label: "Who is affected?".into(),
            hint: None,
            datatype: Datatype::MultiValueList,
            required: false,
            choices: vec![
                Choice { key: "w".into(), name: "People walking".into(), blocks: None },
                Choice { key: "c".into(), name: "People cycling".into(), blocks: None },
            ],
        };
        let answers = Answers::from([("affected".into(), Answer::Many(vec!["w".into(), "c".into()]))]);
        assert_eq!(answers_in_words(&[question], &answers)[0].answer, "People walking, People cycling");
    }

    #[test]
    fn only_published_reports_are_everybodys() {
        let nobody = Standing::default();
        let author = Standing { author: true, staff: false };
        let staff = Standing { author: false, staff: true };
        for (visibility, seen) in [
            (Visibility::Published, [true, true, true]),
            (Visibility::Private, [false, true, true]),
            (Visibility::Unconfirmed, [false, true, false]),
            (Visibility::Hidden, [false, false, true]),
        ] {
            assert_eq!([nobody, author, staff].map(|standing| may_see(visibility, standing)), seen, "{visibility}");
        }
    }
}
