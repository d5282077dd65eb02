//! Starting and stopping the server.

mod demo;
mod files;
mod first;
mod midnight;
mod signals;

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_http::error::DispatchError;
use actix_http::{HttpService, Protocol};
use actix_service::{IntoServiceFactory as _, ServiceFactoryExt as _, fn_service, map_config};
use actix_web::App;
use actix_web::dev::{AppConfig, Extensions, ServerHandle};
use actix_web::rt::net::TcpStream;
use hotdeal_actors::fanout::Fanout;
use hotdeal_actors::{Mall, OpenError, RequestError};

use crate::auth::Passwords;
use crate::database::{self, DatabaseError, DatabaseLock};
use crate::http::kit::intake::Intake;
use crate::http::kit::places::{ConnectionPlace, PlaceBounds, Places};
use crate::http::kit::state::State;
use crate::http::{self, Parts};
use crate::live::Live;
use crate::pages::Site;
use crate::settings::{Settings, SettingsError};
use crate::telemetry::LogFilter;

pub(crate) use first::random_password;
pub use signals::StopSignals;

/// How long it may take to refuse the waiting requests after another process took over.
const REFUSED_WITHIN: Duration = Duration::from_secs(2);
const START_OVER_EVERY: Duration = Duration::from_millis(200);

/// Why the server does not start, or ends.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A setting cannot be used.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The address is taken, or not of this machine.
    #[error("http.bind (--bind) or http.admin_bind: cannot listen on {bind}: {cause}")]
    Bind {
        /// The address as set.
        bind: String,
        /// What is wrong.
        cause: std::io::Error,
    },
    /// The database cannot be used.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The mall does not open.
    #[error("the mall cannot be opened on {shown}: {cause}")]
    Mall {
        /// The database, without a password.
        shown: String,
        /// What is wrong.
        cause: String,
    },
    /// Another process has taken the database over.
    #[error("another hotdeal process has taken {shown} over: this one decides nothing any more")]
    Replaced {
        /// The database, without a password.
        shown: String,
    },
    /// The first admin or the platform's shop cannot be made.
    #[error("the first records cannot be made: {0}")]
    First(String),
    /// A thread or socket cannot be had.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

impl StartError {
    fn of(settings: &Settings, cause: &OpenError) -> Self {
        let shown = settings.database.shown();
        match cause {
            OpenError::Unusable(RequestError::NoRoom) => DatabaseError::Full { shown }.into(),
            cause => Self::Mall { shown, cause: cause.to_string() },
        }
    }
}

/// A server that listens. Connections wait until [`run_until_stopped`](Self::run_until_stopped).
pub struct Server {
    http: actix_web::dev::Server,
    parts: Parts,
    lock: DatabaseLock,
    /// The database, without a password.
    shown: String,
    address: SocketAddr,
    welcome: Vec<String>,
}

impl Server {
    /// Takes the database, listens, prepares the database, opens the mall, makes what a new database lacks.
    ///
    /// The database is taken first: a second server started by mistake ends there, before it has
    /// touched what belongs to the first. Call it inside an actix `System`.
    ///
    /// # Errors
    /// [`StartError`], naming the setting that is in the way.
    pub async fn build(mut settings: Settings, log: LogFilter) -> Result<Self, StartError> {
        let lock = DatabaseLock::take(&settings.database).await?;
        let secret = settings.resolve_secret()?;
        let bounds = files::bounds(&settings.http);
        leave_room(&mut settings, bounds);
        let http = &settings.http;
        let mut listeners = listen(&http.bind, &http.addresses, http.backlog)?;
        let address = listeners[0].local_addr()?;
        let for_admins = match &http.admin {
            Some((bind, addresses)) => listen(bind, addresses, http.backlog)?,
            None => Vec::new(),
        };
        let admins_at = for_admins.iter().map(TcpListener::local_addr);
        let admins_at = admins_at.collect::<Result<Vec<_>, _>>()?;
        listeners.extend(for_admins);
        let at_risk = database::prepare(&settings.database).await?;
        at_risk.iter().for_each(|risk| tracing::warn!("{risk}"));
        let opened = Mall::open(&settings.database.url, settings.mall.clone(), lock.lease()).await;
        let mall = opened.map_err(|cause| StartError::of(&settings, &cause))?;
        if !lock.former_is_gone() {
            mall.doubt_what_is_void();
        }
        let passwords = Passwords::start(settings.auth.hashing_bounds, settings.auth.hashing)?;
        let mut welcome = first::greeting(&settings);
        welcome.extend(at_risk);
        let for_admins_alone = admins_at.first().copied();
        let for_admin = for_admins_alone.unwrap_or(address);
        let first = first::prepare(&settings, &mall, &passwords, for_admin).await?;
        welcome.extend(first.lines);
        welcome.extend(first::where_admins_look(&admins_at));
        let live = Live::open(&settings.live, &mall, settings.zone);
        let site = Site::open(&settings.pages, &mall);
        let state = State::new(&settings, mall, &secret, passwords, log, &http::TABLE);
        let state = state.with_first_password(first.password);
        let parts = Parts::new(state.for_admins_at(admins_at), live, site);
        let http = serve(&settings, bounds, listeners, &parts)?;
        midnight::start(parts.state.mall.clone(), settings.zone);
        if settings.demo.robot {
            demo::robot::start(parts.state.mall.clone());
        }
        welcome.extend(first::where_to_look(address, for_admins_alone.is_none()));
        let shown = settings.database.shown();
        Ok(Self { http, parts, lock, shown, address, welcome })
    }

    /// Where it listens; with port 0 set, the port it got.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The way to its live connections, for a program that runs the server inside itself.
    pub fn fanout(&self) -> &Fanout {
        &self.parts.live.fanout
    }

    /// The lines to print for the person who starts it.
    pub fn welcome(&self) -> &[String] {
        &self.welcome
    }

    /// Serves until a signal asks it to stop, then finishes what is under way and closes the mall.
    ///
    /// # Errors
    /// When the sockets fail; [`StartError::Replaced`] when another process has
    /// taken the database over.
    pub async fn run_until_stopped(mut self, signals: StopSignals) -> Result<(), StartError> {
        let handle = self.http.handle();
        let stopping = stop_at_signal(signals, handle.clone(), self.parts.clone());
        let stop = actix_web::rt::spawn(stopping);
        let is_over = tokio::select! {
            ended = &mut self.http => { ended?; false }
            () = until_replaced(&mut self.lock, &self.parts.state) => true,
        };
        if is_over {
            self.parts.begin_stopping();
            // Waiting requests are refused; nothing is worth a longer wait.
            _ = tokio::time::timeout(REFUSED_WITHIN, handle.stop(true)).await;
            return Err(StartError::Replaced { shown: self.shown });
        }
        stop.abort();
        self.parts.state.mall.close().await;
        self.lock.release().await;
        tracing::info!("stopped");
        Ok(())
    }
}

/// Has the mall start over each time the lock is taken again; ends once another process has taken
/// it.
async fn until_replaced(lock: &mut DatabaseLock, state: &State) {
    while let Some(done) = lock.taken_again().await {
        while let Err(error) = state.mall.start_over().await {
            hotdeal_actors::warn_seldom!(%error, "the mall cannot start over yet");
            tokio::time::sleep(START_OVER_EVERY).await;
        }
        // The lock may have been lost again.
        _ = done.send(());
    }
}

/// Takes every address that `bind` stands for; at least one must be free.
fn listen(
    bind: &str,
    addresses: &[SocketAddr],
    backlog: u32,
) -> Result<Vec<TcpListener>, StartError> {
    let mut listeners = Vec::new();
    let mut failure = None;
    for address in addresses {
        match listen_on(*address, backlog) {
            Ok(listener) => listeners.push(listener),
            Err(cause) => failure = Some(cause),
        }
        // With port 0 the second address would get another port.
        if address.port() == 0 && !listeners.is_empty() {
            break;
        }
    }
    match (listeners.is_empty(), failure) {
        (true, Some(cause)) => Err(StartError::Bind { bind: bind.to_owned(), cause }),
        (_, _) => Ok(listeners),
    }
}

fn listen_on(address: SocketAddr, backlog: u32) -> std::io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => tokio::net::TcpSocket::new_v4()?,
        SocketAddr::V6(_) => tokio::net::TcpSocket::new_v6()?,
    };
    // Lets a restart take the port while old connections are still winding down.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(backlog)?.into_std()
}

/// Live connections never count as idle, however quiet they are. So their number is bounded, to
/// leave room for others.
fn leave_room(settings: &mut Settings, bounds: PlaceBounds) {
    let most = &mut settings.live.fanout.connections_max;
    *most = (bounds.total / 4 * 3).clamp(1, *most);
    let viewers = &mut settings.pages.viewers_max;
    *viewers = (bounds.total / 8).clamp(1, *viewers);
}

/// As `actix_web::HttpServer` does, but that one takes only plain sockets.
fn serve(
    settings: &Settings,
    bounds: PlaceBounds,
    listeners: Vec<TcpListener>,
    parts: &Parts,
) -> std::io::Result<actix_web::dev::Server> {
    let http = &settings.http;
    let mut server = actix_server::Server::build()
        // A connection above the bound is not left waiting in the backlog: places are freed for it.
        .max_concurrent_connections(bounds.total.saturating_add(bounds.ending))
        .shutdown_timeout(http.stop_deadline_s)
        .disable_signals();
    if http.workers > 0 {
        server = server.workers(http.workers);
    }
    let stopping = server.graceful_shutdown_signal();
    let (keep_alive, head_deadline) = (http.keep_alive, http.head_deadline);
    let unread_deadline = http.unread_deadline;
    let places = Places::new(bounds, http.trusted_proxies.clone());
    for listener in listeners {
        let local = listener.local_addr()?;
        let (parts, stopping, places) = (parts.clone(), stopping.clone(), places.clone());
        server = server.listen(format!("http {local}"), listener, move || {
            let (parts, stopping, places) = (parts.clone(), stopping.clone(), places.clone());
            let app = App::new().configure(http::configure(parts));
            let app = map_config(app.into_factory(), |()| AppConfig::default());
            let served = HttpService::build()
                .graceful_shutdown_signal(move || {
                    let stopping = stopping.clone();
                    async move { stopping.notified().await }
                })
                .keep_alive(keep_alive)
                // This timer also runs during a stall of our own; the intake has one that does not.
                .client_request_timeout(Duration::ZERO)
                .client_disconnect_timeout(Duration::from_secs(2))
                .on_connect_ext(|intake: &Intake<TcpStream>, known: &mut Extensions| {
                    known.insert(intake.connection().clone());
                })
                .finish(app.map_err(|error: actix_web::Error| error.error_response()));
            fn_service(move |stream: TcpStream| {
                cut_off_when_unread(&stream, unread_deadline);
                // Each write is a whole answer, so it need not wait for more data. A socket that
                // has closed already has no peer and needs no settings.
                _ = stream.set_nodelay(true);
                let (places, peer) = (places.clone(), stream.peer_addr().ok());
                async move {
                    let place = place(&places, peer).await?;
                    let intake = Intake::new(stream, local, head_deadline, Some(place));
                    Ok((intake, Protocol::Http1, peer))
                }
            })
            .and_then(served)
        })?;
    }
    Ok(server.run())
}

/// A socket that has closed already has no peer, and gets no place.
async fn place(
    places: &Arc<Places>,
    peer: Option<SocketAddr>,
) -> Result<ConnectionPlace, DispatchError> {
    let none = |why| DispatchError::Io(std::io::Error::other(why));
    let peer = peer.ok_or_else(|| none("it has gone"))?;
    places.wait(peer.ip()).await.map_err(|_| none("no place for a further connection"))
}

/// A client that does not read would keep its connection and the answer for ever. HTTP has no
/// deadline for writes, so the socket gets one.
fn cut_off_when_unread(stream: &TcpStream, deadline: Duration) {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        // A socket that has closed already needs no deadline.
        _ = socket2::SockRef::from(stream).set_tcp_user_timeout(Some(deadline));
    }
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let _ = (stream, deadline);
}

/// At the first signal, finishes the requests under way; at a second one, does not wait for them.
async fn stop_at_signal(mut signals: StopSignals, handle: ServerHandle, parts: Parts) {
    signals.next().await;
    tracing::info!("stopping: requests under way are finished first");
    parts.begin_stopping();
    let finished = handle.stop(true);
    tokio::select! {
        () = finished => {}
        () = signals.next() => handle.stop(false).await,
    }
}
