//! The whole table, with what the description of the API says beside it.

use std::sync::OnceLock;

use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;

use super::{Resource, Route, SchemaOf, resource};
use crate::http::kit::problem::Problem;
use crate::http::kit::state::State;

/// A group in which the description of the API shows operations: those whose path begins with its
/// name, or with another of these words, behind `/api`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tag {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) also: &'static [&'static str],
}

impl Tag {
    /// The group of paths that begin with this.
    pub(crate) const fn new(name: &'static str, about: &'static str) -> Self {
        Self { name, about, also: &[] }
    }

    /// The same, and of those that begin with any of these.
    pub(crate) const fn and(mut self, also: &'static [&'static str]) -> Self {
        self.also = also;
        self
    }
}

/// A member that some refusals carry, as the description of the API tells it.
pub(crate) struct ProblemMember {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) schema: SchemaOf,
}

/// Shows a refusal to a person, where it would be problem details for a program.
pub(crate) type RefusalPage = fn(&State, &HttpRequest, Option<&Route>, Problem) -> HttpResponse;

/// Everything this server answers.
pub(crate) struct Table {
    pub(crate) routes: &'static [Route],
    pub(crate) resources: Vec<Resource>,
    /// In the order of display. A path that fits none belongs to the last.
    pub(crate) tags: Vec<Tag>,
    pub(crate) problem_members: Vec<ProblemMember>,
    pub(crate) refusal_page: Option<RefusalPage>,
    /// The description of it all, once it was asked for.
    pub(in crate::http::kit) written: OnceLock<Bytes>,
}

impl Table {
    /// The table of these routes.
    pub(crate) fn new(
        routes: &'static [Route],
        tags: Vec<Tag>,
        problem_members: Vec<ProblemMember>,
    ) -> Self {
        let (resources, written) = (resource::of(routes), OnceLock::new());
        Self { routes, resources, tags, problem_members, refusal_page: None, written }
    }

    /// The same, with refusals shown to people in this way.
    pub(crate) fn showing_refusals(mut self, page: RefusalPage) -> Self {
        self.refusal_page = Some(page);
        self
    }

    /// The group of a path.
    pub(in crate::http::kit) fn tag(&self, path: &str) -> &'static str {
        let first = path.split('/').find(|part| !part.is_empty() && *part != "api");
        let first = first.unwrap_or_default();
        let named = self.tags.iter().find(|tag| tag.name == first || tag.also.contains(&first));
        named.or(self.tags.last()).map_or("", |tag| tag.name)
    }
}
