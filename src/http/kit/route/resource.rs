//! The paths of the table, each with all that it takes.

use super::{Route, Verb};

/// One path and what it takes.
pub(crate) struct Resource {
    pub(crate) path: &'static str,
    get: Option<&'static Route>,
    post: Option<&'static Route>,
    put: Option<&'static Route>,
    patch: Option<&'static Route>,
    delete: Option<&'static Route>,
    /// As [`Route::with_credentials`] of any of its methods.
    pub(crate) with_credentials: bool,
    /// The methods it takes, as the `Allow` header lists them.
    pub(crate) allow: String,
}

impl Resource {
    /// The route for a method; `HEAD` is a `GET` whose body is left out.
    pub(crate) fn route(&self, method: &actix_web::http::Method) -> Option<&'static Route> {
        match method.as_str() {
            "POST" => self.post,
            "GET" => self.get,
            "HEAD" => self.get.filter(|route| !route.opens()),
            "PUT" => self.put,
            "PATCH" => self.patch,
            "DELETE" => self.delete,
            _ => None,
        }
    }
}

/// Every path, those without parameters first, so that a name is never taken for an id.
pub(super) fn of(routes: &'static [Route]) -> Vec<Resource> {
    let mut resources: Vec<Resource> = Vec::new();
    for route in routes {
        let known = resources.iter().position(|resource| resource.path == route.path);
        let place = known.unwrap_or_else(|| {
            let (path, allow) = (route.path, String::new());
            resources.push(Resource {
                path,
                get: None,
                post: None,
                put: None,
                patch: None,
                delete: None,
                with_credentials: false,
                allow,
            });
            resources.len() - 1
        });
        let resource = &mut resources[place];
        let (slot, name) = match route.verb {
            Verb::Get if route.opens() => (&mut resource.get, "GET"),
            Verb::Get => (&mut resource.get, "GET, HEAD"),
            Verb::Post => (&mut resource.post, "POST"),
            Verb::Put => (&mut resource.put, "PUT"),
            Verb::Patch => (&mut resource.patch, "PATCH"),
            Verb::Delete => (&mut resource.delete, "DELETE"),
        };
        assert!(slot.replace(route).is_none(), "{} is in the table twice", route.path);
        resource.with_credentials |= route.with_credentials;
        let comma = if resource.allow.is_empty() { "" } else { ", " };
        resource.allow.push_str(comma);
        resource.allow.push_str(name);
    }
    resources.sort_by_key(|resource| resource.path.contains('{'));
    resources
}
