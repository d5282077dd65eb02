//! `hotdeal user`: accounts, for the person who runs the server and needs no account for that.

use std::io::BufRead as _;
use std::process::ExitCode;

use anyhow::{Context as _, anyhow, bail};
use clap::{Args, Subcommand};
use hotdeal_actors::Mall;
use hotdeal_actors::account::AccountError;
use hotdeal_actors::account::{Account, OpenAccount, Role};
use hotdeal_domain::UnixMillis;
use serde::Serialize;

use super::{in_system, print};
use crate::auth::{self, PasswordFault, Passwords, Tokens, seen};
use crate::database::{self, DatabaseLock};
use crate::settings::Settings;
use crate::startup::random_password;

/// Make accounts, reset passwords, give roles: while the server is stopped.
///
/// Each change is in the journal and takes effect at once: tokens made before are void.
#[derive(Debug, Args)]
pub(super) struct UserArgs {
    #[command(subcommand)]
    what: What,
    /// Print the outcome as JSON.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Open an account; its password is made and printed once.
    Create {
        /// The e-mail address.
        email: String,
        /// USER, SELLER, COUNSELLOR, PARTNER or ADMIN.
        #[arg(long, default_value = "USER", value_parser = role)]
        role: Role,
        /// The name of the person; without it, the part of the address before the @.
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        password: PasswordFlags,
    },
    /// Set another password, made and printed once; every session of the account ends.
    ResetPassword {
        /// The e-mail address.
        email: String,
        #[command(flatten)]
        password: PasswordFlags,
    },
    /// Give an account another role.
    Role {
        /// The e-mail address.
        email: String,
        /// USER, SELLER, COUNSELLOR, PARTNER or ADMIN.
        #[arg(value_parser = role)]
        role: Role,
    },
}

#[derive(Debug, Args)]
struct PasswordFlags {
    /// Read the password from the first line of the input instead of making one.
    #[arg(long)]
    password_stdin: bool,
}

/// The outcome.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Done {
    user_id: i64,
    email: String,
    role: &'static str,
    /// The password, if it was made here; a typed one is known already.
    password: Option<String>,
}

pub(super) fn run(args: &UserArgs, settings: &Settings) -> anyhow::Result<ExitCode> {
    let done = in_system(async {
        let lock = super::lock(&settings.database).await?;
        let done = with_mall(args, settings, &lock).await;
        lock.release().await;
        done
    })?;
    if args.json {
        print(&serde_json::to_string(&done)?);
        return Ok(ExitCode::SUCCESS);
    }
    print(&format!("{} is user {}, {}", done.email, done.user_id, done.role));
    if let Some(password) = done.password {
        print(&format!("password {password} (shown this once)"));
    }
    Ok(ExitCode::SUCCESS)
}

async fn with_mall(
    args: &UserArgs,
    settings: &Settings,
    lock: &DatabaseLock,
) -> anyhow::Result<Done> {
    let desk = Desk::open(settings, lock).await?;
    let done = match &args.what {
        What::Create { email, role, name, password } => {
            desk.create(email, *role, name.as_deref(), password).await
        }
        What::ResetPassword { email, password } => desk.reset_password(email, password).await,
        What::Role { email, role } => desk.give_role(email, *role).await,
    };
    desk.mall.close().await;
    done
}

struct Desk<'a> {
    settings: &'a Settings,
    mall: Mall,
}

impl<'a> Desk<'a> {
    async fn open(settings: &'a Settings, lock: &DatabaseLock) -> anyhow::Result<Self> {
        database::prepare(&settings.database).await?;
        let (url, shown) = (&settings.database.url, settings.database.shown());
        let mall = Mall::open(url, settings.mall.clone(), lock.lease()).await;
        Ok(Self { settings, mall: mall.with_context(|| format!("{shown} cannot be used"))? })
    }

    async fn create(
        &self,
        email: &str,
        role: Role,
        name: Option<&str>,
        flags: &PasswordFlags,
    ) -> anyhow::Result<Done> {
        let email = address(email)?;
        let name = name.unwrap_or(email.split('@').next().unwrap_or_default()).trim().to_owned();
        if name.is_empty() || name.chars().count() > auth::NAME_MAX || !seen::is_name(&name) {
            bail!("--name must have 1 to {} visible characters", auth::NAME_MAX);
        }
        let (password_phc, password) = self.password(flags).await?;
        let open = OpenAccount { email: email.clone(), name, password_phc, role };
        let opened = self.mall.accounts().open_account(open, None).await;
        let account = opened.map_err(|error| explained(&email, &error))?.value;
        Ok(done(&account, role, password))
    }

    async fn reset_password(&self, email: &str, flags: &PasswordFlags) -> anyhow::Result<Done> {
        let account = self.account(email).await?;
        let (phc, password) = self.password(flags).await?;
        let reset = self.mall.accounts().reset_password(account.user, phc, self.void_until()).await;
        reset.map_err(|error| explained(&account.email, &error))?;
        Ok(done(&account, account.role, password))
    }

    async fn give_role(&self, email: &str, role: Role) -> anyhow::Result<Done> {
        let account = self.account(email).await?;
        let given = self.mall.accounts().appoint(account.user, role, self.void_until()).await;
        given.map_err(|error| explained(&account.email, &error))?;
        Ok(done(&account, role, None))
    }

    async fn account(&self, email: &str) -> anyhow::Result<Account> {
        let email = address(email)?;
        let known = self
            .mall
            .accounts()
            .credentials(&email)
            .await
            .map_err(|error| explained(&email, &error.into()))?;
        Ok(known.ok_or_else(|| explained(&email, &AccountError::NoSuchUser))?.account)
    }

    /// The hash of a password, and the password itself if it was made here.
    async fn password(&self, flags: &PasswordFlags) -> anyhow::Result<(String, Option<String>)> {
        let (password, made) = if flags.password_stdin {
            (typed(self.settings)?, None)
        } else {
            let made = random_password();
            (made.clone(), Some(made))
        };
        let auth = &self.settings.auth;
        let hashed =
            Passwords::start(auth.hashing_bounds, auth.hashing)?.hash(password, None).await;
        Ok((hashed.map_err(|_| anyhow!("the password cannot be hashed"))?, made))
    }

    /// The time by which earlier tokens have expired. This command neither checks nor makes tokens.
    fn void_until(&self) -> UnixMillis {
        let auth = &self.settings.auth;
        let tokens = Tokens::new("").lasting(auth.access_ttl_s, auth.refresh_ttl_s);
        tokens.void_until(crate::clock::latest())
    }
}

fn done(account: &Account, role: Role, password: Option<String>) -> Done {
    let (user_id, email) = (account.user.get(), account.email.clone());
    Done { user_id, email, role: role.name(), password }
}

/// The first line of the input, if it is allowed as a password.
fn typed(settings: &Settings) -> anyhow::Result<String> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).context("the input cannot be read")?;
    let password = line.trim_end_matches(['\r', '\n']);
    match auth::check_password(password, settings.auth.common_passwords) {
        Ok(()) => Ok(password.to_owned()),
        Err(PasswordFault::Length) => bail!("the password needs 8 characters to 1,024 bytes"),
        Err(PasswordFault::Common) => bail!("the password is one that many people choose"),
    }
}

fn address(text: &str) -> anyhow::Result<String> {
    auth::email_address(text).ok_or_else(|| anyhow!("`{text}` is not an e-mail address"))
}

fn explained(email: &str, error: &AccountError) -> anyhow::Error {
    match error {
        AccountError::NoSuchUser => anyhow!("{email} has no account, or it is withdrawn"),
        AccountError::EmailTaken => anyhow!("{email} has an account already"),
        other => anyhow!("{email}: {other}"),
    }
}

fn role(text: &str) -> Result<Role, String> {
    let known = || format!("one of {}", Role::ALL.map(Role::name).join(", "));
    Role::from_name(&text.to_uppercase()).ok_or_else(known)
}
