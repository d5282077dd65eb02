//! What a route is: who may call it, with which body, and its possible answers. The application,
//! the role that a caller needs, the answers to wrong methods and the description of the API all
//! come from it.

mod need;
mod resource;
mod table;

use actix_web::HttpResponse;
use actix_web::dev::Payload;
use futures_util::future::LocalBoxFuture;
use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};

use super::answer::Answer;
use super::call::Call;
use super::code::Code;
use super::form::FORM;
use super::page::Paging;
use super::problem::Problem;
use super::query::Parameter;
use crate::limits::Group;

pub(crate) use need::Need;
pub(crate) use resource::Resource;
pub(crate) use table::{ProblemMember, Table, Tag};

/// The [`Way`] of a route whose calls this function answers.
macro_rules! to {
    ($handler:path) => {
        $crate::http::kit::route::Way::Answers(|call| Box::pin($handler(call)))
    };
}
pub(crate) use to;

/// The [`Way`] of a route whose connections this function opens.
macro_rules! opens {
    ($opener:path) => {
        $crate::http::kit::route::Way::Opens(|call, payload| Box::pin($opener(call, payload)))
    };
}
pub(crate) use opens;

/// The methods in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

/// What happens to a call.
#[derive(Clone, Copy)]
pub(crate) enum Way {
    /// It is answered.
    Answers(Handler),
    /// It opens a connection that stays open. Its body is not read, because it may never end.
    Opens(Opener),
}

/// Opens a live connection.
pub(crate) type Opener =
    for<'a> fn(&'a Call, Payload) -> LocalBoxFuture<'a, Result<HttpResponse, Problem>>;
/// Handles a call.
pub(crate) type Handler = for<'a> fn(&'a Call) -> LocalBoxFuture<'a, Result<Answer, Problem>>;
/// Named schemas that others refer to.
pub(crate) type Schemas = Vec<(String, RefOr<Schema>)>;
/// Adds the schemas of a type and refers to it.
pub(crate) type SchemaOf = fn(&mut Schemas) -> RefOr<Schema>;

/// One line of the table.
pub(crate) struct Route {
    pub(crate) verb: Verb,
    pub(crate) path: &'static str,
    pub(crate) need: Need,
    /// The operation's stable name.
    pub(crate) id: &'static str,
    pub(crate) summary: &'static str,
    /// What else clients have to know.
    pub(crate) about: Option<&'static str>,
    /// The pattern of those parts of its path that are text.
    pub(crate) parts_like: &'static str,
    pub(crate) way: Way,
    /// Whether a ticket in the query lets a caller in as well as a token does.
    pub(crate) takes_ticket: bool,
    /// The body it takes, if it takes one.
    pub(crate) takes: Option<SchemaOf>,
    /// The media types of a body that is no JSON.
    pub(crate) media: &'static [&'static str],
    /// The largest body, in bytes, where it is not the usual one.
    pub(crate) body_max: Option<usize>,
    /// The status and body of its success.
    pub(crate) answers: (u16, Option<SchemaOf>),
    /// The media types that body can have.
    pub(crate) answers_media: &'static [&'static str],
    /// The media types of text in which its success can be had as well.
    pub(crate) also_answers: &'static [&'static str],
    /// Whether its success names the address of the new resource.
    pub(crate) located: bool,
    /// The answer may be a second old and says so.
    pub(crate) aged: bool,
    /// The answer has an entity tag, with which a client is told that it has the answer already.
    pub(crate) tagged: bool,
    /// Whether its answer allows credentials. Browsers send cookies to such an address, and then show
    /// a page only an answer that allows them.
    pub(crate) with_credentials: bool,
    /// Whether its list has pages, with the address of the next one in a header.
    pub(crate) paged: bool,
    pub(crate) query: Vec<Parameter>,
    /// The codes it can fail with, besides those every route can.
    pub(crate) fails: &'static [Code],
    /// Whether it changes anything, and so honours an idempotency key.
    pub(crate) mutates: bool,
    /// The allowances its calls are charged to; `None` for calls of probes.
    pub(crate) group: Option<Group>,
    /// Whether its body or answer holds a secret, of which nothing may be kept.
    pub(crate) secret: bool,
    /// Whether it makes the token of its caller void, so that a repeat comes with a void token.
    pub(crate) ends_token: bool,
    /// Whether it needs a token from a log-in, not from a renewal, because it undoes what others
    /// rely on.
    pub(crate) needs_login: bool,
    /// Whether it is a page for people and no part of the API: its body is a form, its refusals are
    /// pages, and the description of the API leaves it out.
    pub(crate) page: bool,
    /// Its place in the table.
    pub(crate) place: usize,
}

fn route(
    verb: Verb,
    path: &'static str,
    need: Need,
    id: &'static str,
    summary: &'static str,
    way: Way,
) -> Route {
    let (takes, answers, fails) = (None, (200, None), [].as_slice());
    let (query, mutates, place) = (Vec::new(), false, 0);
    Route {
        verb,
        path,
        need,
        id,
        summary,
        way,
        takes_ticket: false,
        takes,
        media: &[],
        body_max: None,
        answers,
        answers_media: &["application/json"],
        also_answers: &[],
        located: false,
        aged: false,
        tagged: false,
        with_credentials: false,
        paged: false,
        query,
        fails,
        mutates,
        group: Some(Group::Read),
        about: None,
        parts_like: "^[A-Za-z0-9._-]+$",
        secret: false,
        ends_token: false,
        needs_login: false,
        page: false,
        place,
    }
}

/// A page that shows something.
pub(crate) fn page(path: &'static str, need: Need, id: &'static str, way: Way) -> Route {
    let mut route = route(Verb::Get, path, need, id, "", way);
    route.page = true;
    route
}

/// The address of a form on a page, which changes something.
pub(crate) fn form(path: &'static str, need: Need, id: &'static str, way: Way) -> Route {
    let mut route = route(Verb::Post, path, need, id, "", way).mutates().takes_text(&[FORM]);
    route.page = true;
    route
}

macro_rules! verbs {
    ($($function:ident $verb:ident)+) => { $(
        /// A route with this method.
        pub(crate) fn $function(
            path: &'static str,
            need: Need,
            id: &'static str,
            summary: &'static str,
            way: Way,
        ) -> Route {
            route(Verb::$verb, path, need, id, summary, way)
        }
    )+ };
}
verbs! { get Get post Post put Put patch Patch delete Delete }

impl Route {
    /// It changes something.
    pub(crate) fn mutates(mut self) -> Self {
        self.mutates = true;
        if self.group == Some(Group::Read) {
            self.group = Some(Group::Write);
        }
        self
    }

    /// Its calls are charged to allowances of their own.
    pub(crate) fn charged_to(mut self, group: Group) -> Self {
        self.group = Some(group);
        self
    }

    /// Its calls are charged to nobody, because probes make them.
    pub(crate) fn uncharged(mut self) -> Self {
        self.group = None;
        self
    }

    /// Its body or answer holds a secret.
    pub(crate) fn secret(mut self) -> Self {
        self.secret = true;
        self
    }

    /// Clients have to know more of it than its summary says.
    pub(crate) fn explained(mut self, about: &'static str) -> Self {
        self.about = Some(about);
        self
    }

    /// The parts of its path that are text look like this.
    pub(crate) fn parts_like(mut self, pattern: &'static str) -> Self {
        self.parts_like = pattern;
        self
    }

    /// A ticket in the query lets a caller in as well as a token does.
    pub(crate) fn takes_ticket(mut self) -> Self {
        self.takes_ticket = true;
        self
    }

    /// It leaves HTTP for another protocol.
    pub(crate) fn switches(mut self) -> Self {
        self.answers = (101, None);
        self
    }

    /// Whether a cookie can let a caller in. A page that anyone may see knows who looks at it. A form that
    /// anyone may send does not, so that it needs no token of a session.
    pub(super) fn looks_at_cookie(&self) -> bool {
        self.need != Need::Anyone || (self.page && self.verb == Verb::Get)
    }

    /// Whether it opens a connection that goes on.
    pub(crate) fn opens(&self) -> bool {
        matches!(self.way, Way::Opens(_))
    }

    /// It makes the token it is called with void.
    pub(crate) fn ends_token(mut self) -> Self {
        self.ends_token = true;
        self
    }

    /// A token that was renewed is not enough.
    pub(crate) fn needs_login(mut self) -> Self {
        self.needs_login = true;
        self
    }

    /// It takes JSON of this type.
    pub(crate) fn takes<T: ToSchema>(mut self) -> Self {
        self.takes = Some(super::openapi::schema_of::<T>);
        self
    }

    /// It takes a body of one of these media types.
    pub(crate) fn takes_text(mut self, media: &'static [&'static str]) -> Self {
        self.takes = Some(super::openapi::text);
        self.media = media;
        self
    }

    /// Its body may be larger than usual.
    pub(crate) fn up_to(mut self, bytes: usize) -> Self {
        self.body_max = Some(bytes);
        self
    }

    /// Its success has no body.
    pub(crate) fn answers_nothing(mut self) -> Self {
        self.answers = (204, None);
        self
    }

    /// Its success has this status, and JSON of this type.
    pub(crate) fn answers<T: ToSchema>(mut self, status: u16) -> Self {
        self.answers = (status, Some(super::openapi::schema_of::<T>));
        self
    }

    /// It answers a list of these.
    pub(crate) fn lists<T: ToSchema>(self) -> Self {
        self.answers_list::<T>(200)
    }

    /// The same with this status.
    pub(crate) fn answers_list<T: ToSchema>(mut self, status: u16) -> Self {
        self.answers = (status, Some(super::openapi::list_of::<T>));
        self
    }

    /// It answers something of one of these media types.
    pub(crate) fn answers_text(mut self, media: &'static [&'static str]) -> Self {
        self.answers = (200, Some(super::openapi::text));
        self.answers_media = media;
        self
    }

    /// Its success can also be had as text of one of these media types.
    pub(crate) fn or_text(mut self, media: &'static [&'static str]) -> Self {
        self.also_answers = media;
        self
    }

    /// Its answer may be a second old.
    pub(crate) fn aged(mut self) -> Self {
        self.aged = true;
        self
    }

    /// Its answer has an entity tag.
    pub(crate) fn tagged(mut self) -> Self {
        self.tagged = true;
        self
    }

    /// Pages may read its answer even if their browser sends cookies.
    pub(crate) fn with_credentials(mut self) -> Self {
        self.with_credentials = true;
        self
    }

    /// It names the address of the new resource.
    pub(crate) fn located(mut self) -> Self {
        self.located = true;
        self
    }

    /// It names the next page of its list in a header.
    pub(crate) fn paged(mut self) -> Self {
        self.paged = true;
        self
    }

    /// It takes these parameters of the query.
    pub(crate) fn asks(mut self, query: &[Parameter]) -> Self {
        self.query.extend(query);
        self
    }

    /// It answers a list, a page at a time.
    pub(crate) fn pages(mut self, paging: &Paging) -> Self {
        self.query.extend(paging.parameters());
        self
    }

    /// It can fail with these codes besides those that every route can.
    pub(crate) fn fails(mut self, codes: &'static [Code]) -> Self {
        self.fails = codes;
        self
    }
}
