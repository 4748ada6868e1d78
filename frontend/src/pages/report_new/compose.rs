//! From the draft to the report that is sent.

use mendmap_shared::error::FieldCode;
use mendmap_shared::text::{Email, PersonName, Phone};
use mendmap_shared::wire::categories::CategoryOption;
use mendmap_shared::wire::reports::{NewAuthor, NewReport};

use super::answers;
use crate::components::{FieldError, FormErrors};
use crate::state::drafts::Draft;

/// What of its author a report has to say.
#[derive(Clone, Copy)]
pub enum Author {
    /// Everything: nobody is signed in.
    Typed,
    /// The name: somebody is signed in who has not given one yet.
    Nameless,
    /// Nothing: the account says it.
    Known,
}

/// The report from the draft, by the same rules as the API's; else what is wrong, by field.
pub fn compose(draft: &Draft, category: &CategoryOption, who: Author) -> Result<NewReport, Vec<FieldError>> {
    let mut errors = Vec::new();
    let mut wrong = |field: &str, code: FieldCode| errors.push(FormErrors::one(field, code));
    if draft.location.is_none() {
        wrong("location", FieldCode::Required);
    }
    let title = draft.title.parse().map_err(|code| wrong("title", code)).ok();
    let detail = draft.detail.parse().map_err(|code| wrong("detail", code)).ok();
    let author = match who {
        Author::Known => None,
        Author::Nameless | Author::Typed => {
            let name = draft.name.parse::<PersonName>().map_err(|code| wrong("author.name", code)).ok();
            let mut author = NewAuthor { name, email: None, phone: None };
            if matches!(who, Author::Typed) {
                author.email = draft.email.parse::<Email>().map_err(|code| wrong("author.email", code)).ok();
                let phone = (!draft.phone.trim().is_empty()).then(|| draft.phone.parse::<Phone>());
                author.phone = phone.and_then(|phone| phone.map_err(|code| wrong("author.phone", code)).ok());
            }
            Some(author)
        }
    };
    let answers = answers::checked(&category.questions, &draft.answers).map_err(|more| errors.extend(more)).ok();
    match (draft.location, title, detail, answers) {
        (Some(location), Some(title), Some(detail), Some(answers)) if errors.is_empty() => Ok(NewReport {
            location,
            category: category.code.clone(),
            title,
            detail,
            answers,
            photos: draft.photos.list.iter().map(|kept| kept.photo.id.clone()).collect(),
            anonymous: draft.anonymous,
            author,
        }),
        _ => Err(errors),
    }
}
