//! What owners do with their tokens and passwords.

use super::access::Access;
use super::directory::{Cause, Directory, SignInUser};
use super::identity::Subject;
use super::secret::{Digest, NoRandomness, Secret};

/// Why an owner has no new token.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    #[error(transparent)]
    Random(NoRandomness),
    #[error("the directory did not answer")]
    Directory(#[source] Cause),
}

impl Access {
    /// Where users are, for [`sign_in`](super::sign_in()).
    #[must_use]
    pub fn directory(&self) -> &dyn Directory {
        &*self.0.directory
    }

    /// Makes a token of a user who has just signed in; `None` if they are not active, or have another password by now.
    ///
    /// # Errors
    /// [`TokenError`].
    pub async fn begin_token(&self, user: &SignInUser) -> Result<Option<Secret>, TokenError> {
        let token = Secret::new_token().map_err(TokenError::Random)?;
        let (checked, lasts) = (&user.password_hash, self.0.terms.token);
        let begun = self
            .directory()
            .token_begin(token.digest(), user.id, checked, lasts)
            .await;
        Ok(begun.map_err(TokenError::Directory)?.then_some(token))
    }

    /// Ends a token: here at once, on the other engines as they learn of it.
    ///
    /// # Errors
    /// The directory did not answer: it may have ended.
    pub async fn end_token(&self, token: Digest, owner: Subject) -> Result<(), Cause> {
        let ended = self.directory().token_end(token).await;
        self.forget(&[owner]);
        ended
    }

    /// Sets the password hash of a user who has just signed in, and ends all their tokens and sessions; `false` if they are not active, or
    /// have another password by now.
    ///
    /// # Errors
    /// The directory did not answer: it may be set.
    pub async fn set_password(&self, user: &SignInUser, hash: &str) -> Result<bool, Cause> {
        let checked = &user.password_hash;
        let set = self.directory().password_set(user.id, checked, hash).await;
        self.forget(&[Subject::Owner(user.id)]);
        set
    }
}
