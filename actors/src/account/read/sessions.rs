//! Sessions of accounts, and what is void.

use hotdeal_domain::account::{Role, Session, SessionId, Sessions, TokenId};
use hotdeal_domain::{UnixMillis, UserId};
use hotdeal_entities::{credentials, revoked_tokens, sessions};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryTrait};

use crate::account::revocations::Revocations;
use crate::clock;
use crate::error::RequestError;
use crate::storage::{CORRUPT, Storage, id};

impl Storage {
    /// An account's sessions as the tables have them; `None` when there is no such account.
    pub(crate) async fn sessions(&self, user: UserId) -> Result<Option<Sessions>, RequestError> {
        let found = credentials::Entity::find_by_id(user.get()).one(&self.db).await?;
        let Some(row) = found else { return Ok(None) };
        let epoch = number(row.session_epoch)?;
        let role = Role::from_name(&row.role).ok_or(CORRUPT)?;
        let mut account = Sessions::new(epoch, role, row.withdrawn_at.map(UnixMillis));
        let open = sessions::Entity::find()
            .filter(sessions::Column::UserId.eq(user.get()))
            .filter(sessions::Column::EndedAt.is_null())
            .all(&self.db)
            .await?;
        for row in open {
            let session = Session {
                generation: number(row.generation)?,
                renewed_at: UnixMillis(row.renewed_at),
                ends_at: UnixMillis(row.ends_at),
            };
            account.restore(session_id(&row.id)?, session);
        }
        Ok(Some(account))
    }

    /// Reads what is void and has not expired by itself.
    pub(crate) async fn read_revocations(&self, into: &Revocations) -> Result<(), RequestError> {
        self.read_void(None, into).await
    }

    /// The same of one account.
    pub(crate) async fn read_revocations_of(
        &self,
        user: UserId,
        into: &Revocations,
    ) -> Result<(), RequestError> {
        self.read_void(Some(user.get()), into).await
    }

    async fn read_void(&self, of: Option<i64>, into: &Revocations) -> Result<(), RequestError> {
        let now = clock::earliest().0;
        let tokens = revoked_tokens::Entity::find()
            .filter(revoked_tokens::Column::VoidUntil.gt(now))
            .apply_if(of, |found, of| found.filter(revoked_tokens::Column::UserId.eq(of)))
            .all(&self.db)
            .await?;
        for row in tokens {
            let token: TokenId = row.token.parse().map_err(|_| CORRUPT)?;
            into.void_token(token, UnixMillis(row.void_until));
        }
        let ended = sessions::Entity::find()
            .filter(sessions::Column::VoidUntil.gt(now))
            .apply_if(of, |found, of| found.filter(sessions::Column::UserId.eq(of)))
            .all(&self.db)
            .await?;
        for row in ended {
            let until = UnixMillis(row.void_until.unwrap_or(now));
            into.void_session(session_id(&row.id)?, until);
        }
        let accounts = credentials::Entity::find()
            .filter(credentials::Column::VoidUntil.gt(now))
            .apply_if(of, |found, of| found.filter(credentials::Column::UserId.eq(of)))
            .all(&self.db)
            .await?;
        for row in accounts {
            let until = UnixMillis(row.void_until.unwrap_or(now));
            into.void_account(id(row.user_id)?, number(row.session_epoch)?, until);
        }
        Ok(())
    }
}

fn session_id(text: &str) -> Result<SessionId, RequestError> {
    text.parse().map_err(|_| CORRUPT)
}

fn number(raw: i64) -> Result<u32, RequestError> {
    u32::try_from(raw).map_err(|_| CORRUPT)
}
