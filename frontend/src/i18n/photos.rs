//! Words about photos.

use super::texts;

texts! {
    /// Choosing photos.
    Photos {
        label = "Photos",
        hint(most: &str) = "Up to {most} pictures. We shrink them before they are sent.",
        uploading(name: &str) = "Uploading {name}",
        done(number: &str) = "{number} added",
        remove(number: &str) = "Remove photo {number}",
        removed = "Photo removed",
        dismiss = "Dismiss",
        failed(name: &str, why: &str) = "{name}: {why}",
        too_many(most: &str) = "You can add at most {most} photos. The others were left out.",
        twice(name: &str) = "{name}: this picture is among your photos already.",
        gone = "Photos that you added more than a day ago are not kept any more. Please add them again.",
        alt(number: &str) = "Photo {number}",
    }
}
