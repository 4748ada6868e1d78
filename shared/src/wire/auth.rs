//! Signing in, and one's own account.

use serde::{Deserialize, Serialize};

use super::categories::BodyRef;
use crate::text::{Email, NewPassword, PersonName};

/// Asks for an e-mail with a sign-in link. The answer is the same whether the address has an account or not.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(example = super::examples::sign_in_link_request))]
pub struct SignInLinkRequest {
    /// Where to send it.
    #[cfg_attr(feature = "openapi", schema(example = "resident@example.org"))]
    pub email: Email,
    /// Page of the app to open afterwards, starting with `/`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_to: Option<String>,
}

/// Opens a session: by the token of a mailed link, or by e-mail address and password.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(example = super::examples::sign_in))]
#[serde(untagged, try_from = "TypedSignIn")]
pub enum SignIn {
    /// By the token of a mailed link.
    Link {
        /// The token.
        token: String,
    },
    /// By password.
    Password {
        /// The account's address.
        email: Email,
        /// The password as typed.
        password: String,
    },
}

/// A sign-in as it was sent, before it is known which of the two it is: so that a field at fault is named.
#[derive(Deserialize)]
struct TypedSignIn {
    token: Option<String>,
    email: Option<Email>,
    password: Option<String>,
}

impl TryFrom<TypedSignIn> for SignIn {
    type Error = String;

    /// The error reads like serde's own, from which the API takes the field's name.
    fn try_from(typed: TypedSignIn) -> Result<Self, String> {
        match typed {
            TypedSignIn { token: Some(token), .. } => Ok(Self::Link { token }),
            TypedSignIn { email: Some(email), password: Some(password), .. } => Ok(Self::Password { email, password }),
            TypedSignIn { email: None, .. } => Err("missing field `email`".to_owned()),
            TypedSignIn { .. } => Err("missing field `password`".to_owned()),
        }
    }
}

/// A session that has begun or goes on. The refresh token travels in a cookie that scripts cannot read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(example = super::examples::session))]
pub struct Session {
    /// Send as `Authorization: Bearer …`; keep it in memory only.
    pub access_token: String,
    /// Seconds until it runs out.
    #[cfg_attr(feature = "openapi", schema(example = 900))]
    pub expires_in: i64,
    /// Who is signed in.
    pub user: Me,
    /// Page of the app to open, from the sign-in link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_to: Option<String>,
}

/// The person signed in, as only they see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(example = super::examples::me))]
pub struct Me {
    /// Number of the account.
    pub id: i64,
    /// Address.
    pub email: String,
    /// Name, if given.
    pub name: Option<String>,
    /// Telephone number, if given.
    pub phone: Option<String>,
    /// Whether a password is set.
    pub has_password: bool,
    /// The bodies this person works for.
    pub staff: Vec<StaffOf>,
}

/// A body somebody works for, and as what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StaffOf {
    /// The body.
    pub body: BodyRef,
    /// The role.
    pub role: StaffRole,
}

/// What somebody is at a body. What each may do is one policy table in the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum StaffRole {
    /// Reads and writes private notes.
    Viewer,
    /// Works on the ground: changes statuses and answers.
    Inspector,
    /// Works at the desk: changes statuses and answers.
    Officer,
    /// Runs the body's part: everything of an officer, and categories and staff.
    Administrator,
}

/// Changes one's own account. Absent fields stay.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(example = super::examples::me_change))]
pub struct MeChange {
    /// A new name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<PersonName>,
}

/// Sets one's own password. Every other session of the account ends.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(example = super::examples::password_change))]
pub struct PasswordChange {
    /// The new one.
    pub password: NewPassword,
    /// The old one, needed where one is set.
    #[serde(default)]
    pub current_password: Option<String>,
}

/// The token from a mailed link.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(example = super::examples::link_token))]
pub struct LinkToken {
    /// The token.
    pub token: String,
}
