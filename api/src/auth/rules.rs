//! The policy table: what each role of a body may do. Everything else asks [`may`].

use mendmap_shared::wire::auth::StaffRole;

/// Something only staff may do, at their own body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// See the desk: private details, notes, deliveries.
    ViewDesk,
    /// Write private notes.
    WriteNotes,
    /// Answer in the body's name and change statuses.
    AnswerReports,
    /// Send again what could not be delivered.
    RetryDeliveries,
    /// Take the desk's reports out as a file, with what is private about them.
    ExportReports,
    /// Make and revoke the keys and hooks of the body's other systems, and say how reports reach it.
    ManageIntegrations,
}

use Permission as P;
use StaffRole as R;

const POLICY: &[(Permission, &[StaffRole])] = &[
    (P::ViewDesk, &[R::Viewer, R::Inspector, R::Officer, R::Administrator]),
    (P::WriteNotes, &[R::Viewer, R::Inspector, R::Officer, R::Administrator]),
    (P::AnswerReports, &[R::Inspector, R::Officer, R::Administrator]),
    (P::RetryDeliveries, &[R::Officer, R::Administrator]),
    (P::ExportReports, &[R::Officer, R::Administrator]),
    (P::ManageIntegrations, &[R::Administrator]),
];

/// Whether the role has the permission.
#[must_use]
pub fn may(role: StaffRole, permission: Permission) -> bool {
    POLICY.iter().any(|(row, roles)| *row == permission && roles.contains(&role))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_viewer_reads_and_notes_but_does_not_answer() {
        assert!(may(R::Viewer, P::ViewDesk) && may(R::Viewer, P::WriteNotes));
        assert!(!may(R::Viewer, P::AnswerReports) && !may(R::Viewer, P::RetryDeliveries));
        assert!(!may(R::Viewer, P::ExportReports) && !may(R::Inspector, P::ExportReports));
    }

    #[test]
    fn every_permission_stands_in_the_table_and_administrators_have_all() {
        for permission in
            [P::ViewDesk, P::WriteNotes, P::AnswerReports, P::RetryDeliveries, P::ExportReports, P::ManageIntegrations]
        {
            assert!(may(R::Administrator, permission), "{permission:?}");
        }
    }
}
