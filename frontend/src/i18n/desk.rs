//! Words of the desk.

use super::texts;

texts! {
    /// Staff's work.
    Desk {
        title = "Desk",
    }
}
