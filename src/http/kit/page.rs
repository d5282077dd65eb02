//! Lists, a page at a time, by one convention: `cursor` says where a page begins, `limit` how long
//! it is at most, and `nextCursor` in the answer where the next page begins. After the last page
//! there is no `nextCursor`. A list that is a bare JSON array says it in a `Link` header (RFC
//! 8288).

use hotdeal_domain::ID_MAX;

use super::call::Call;
#[cfg(doc)]
use super::code::Code;
use super::problem::Problem;
use super::query::{Parameter, q};

const CURSOR: &str = "cursor";

/// How a list can be asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Paging {
    cursor: Parameter,
    limit: Parameter,
    /// The parameter that older clients send instead of `cursor`.
    former: Option<Parameter>,
}

impl Paging {
    const fn new(cursor: Parameter, of: &'static str, most: i64, usual: i64) -> Self {
        let limit = q("limit", false, of).whole(1, most).or(usual);
        Self { cursor, limit, former: None }
    }

    /// A list by number, the lowest first. `of`: the items of a page; `most`: the longest page;
    /// `usual`: the length of a page if `limit` is absent.
    pub(crate) const fn rising(of: &'static str, most: i64, usual: i64) -> Self {
        Self::new(cursor().whole(0, ID_MAX).or(0), of, most, usual)
    }

    /// A list by number, the highest first.
    pub(crate) const fn falling(of: &'static str, most: i64, usual: i64) -> Self {
        Self::new(cursor().whole(1, ID_MAX).or(ID_MAX), of, most, usual)
    }

    /// A list whose positions have names of at most this many characters.
    pub(crate) const fn named(chars: usize, of: &'static str, most: i64, usual: i64) -> Self {
        Self::new(cursor().text(chars), of, most, usual)
    }

    /// The same for a list that is a bare JSON array: the next page stands in `Link`.
    pub(crate) const fn linked(mut self) -> Self {
        self.cursor.about = "as the `Link` of the page before has it";
        self
    }

    /// The same, which also takes `cursor` under this former name.
    pub(crate) const fn formerly(mut self, name: &'static str) -> Self {
        let about = "the former name of `cursor`; where both are sent, `cursor` counts";
        self.former = Some(Parameter { name, about, ..self.cursor }.without_default());
        self
    }

    /// The parameters of the query.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = Parameter> + use<> {
        [Some(self.cursor), self.former, Some(self.limit)].into_iter().flatten()
    }
}

const fn cursor() -> Parameter {
    q(CURSOR, false, "nextCursor of the page before")
}

/// The page that a caller asks for.
#[derive(Debug)]
pub(crate) struct Asked<C> {
    /// Where it begins.
    pub(crate) from: C,
    /// The parameter that gave it.
    pub(crate) named: &'static str,
    limit: u64,
}

impl<C> Asked<C> {
    /// How many items to look for: one more than a page holds, which shows whether the list goes
    /// on.
    pub(crate) fn look_for(&self) -> u64 {
        self.limit + 1
    }

    /// How many items it holds at most.
    pub(crate) fn limit(&self) -> u64 {
        self.limit
    }

    /// The page of the items found. If the list goes on, `name` gives the name of its last
    /// position.
    pub(crate) fn page<T>(&self, mut found: Vec<T>, name: impl Fn(&T) -> String) -> Page<T> {
        let most = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let goes_on = found.len() > most;
        found.truncate(most);
        let next = found.last().filter(|_| goes_on).map(name);
        Page { items: found, next }
    }
}

/// A page of a list.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    /// Where the next one begins, if there is one.
    pub(crate) next: Option<String>,
}

impl Call {
    /// The page of a list by number that is asked for.
    ///
    /// # Errors
    /// [`Code::InvalidValue`] naming the parameter.
    pub(crate) fn page(&self, paging: &Paging) -> Result<Asked<i64>, Problem> {
        self.asked(paging, |parameter| self.number(parameter))
    }

    /// The page of a list by name that is asked for; `None`: the first.
    ///
    /// # Errors
    /// [`Code::InvalidValue`] naming the parameter.
    pub(crate) fn named_page(&self, paging: &Paging) -> Result<Asked<Option<String>>, Problem> {
        self.asked(paging, |parameter| self.text(parameter))
    }

    fn asked<C>(
        &self,
        paging: &Paging,
        read: impl Fn(&Parameter) -> Result<C, Problem>,
    ) -> Result<Asked<C>, Problem> {
        let limit = self.count(&paging.limit)?;
        // Read even if `cursor` wins: a wrong value is refused.
        let former = match &paging.former {
            Some(former) if self.query(former.name)?.is_some() => {
                Some((read(former)?, former.name))
            }
            _ => None,
        };
        let (from, named) = match (former, self.query(CURSOR)?) {
            (Some(former), None) => former,
            _ => (read(&paging.cursor)?, CURSOR),
        };
        Ok(Asked { from, named, limit })
    }

    /// The address of the next page, for a list that has no room for `nextCursor`: the address of
    /// this request with another beginning.
    pub(crate) fn address_of(&self, paging: &Paging, next: Option<String>) -> Option<String> {
        let (path, query) = (self.request.path(), self.request.query_string());
        let is_beginning =
            |name: &str| name == CURSOR || paging.former.is_some_and(|former| former.name == name);
        next.map(|next| format!("{path}?{}", moved_to(query, is_beginning, &next)))
    }
}

/// A query, with another beginning.
fn moved_to(query: &str, is_beginning: impl Fn(&str) -> bool, next: &str) -> String {
    let name = |part: &&str| part.split('=').next().is_some_and(&is_beginning);
    let kept = query.split('&').filter(|part| !part.is_empty() && !name(part));
    let moved: Vec<String> = kept.map(str::to_owned).chain([format!("{CURSOR}={next}")]).collect();
    moved.join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_says_where_the_next_one_begins_if_there_is_one() {
        let asked = Asked { from: 0, named: CURSOR, limit: 2 };
        assert_eq!(asked.look_for(), 3);
        for (found, items, next) in [
            (vec![], vec![], None),
            (vec![7, 8], vec![7, 8], None),
            (vec![7, 8, 9], vec![7, 8], Some("8".to_owned())),
        ] {
            assert_eq!(asked.page(found, i32::to_string), Page { items, next });
        }
    }

    #[test]
    fn an_address_of_the_next_page_keeps_what_else_was_asked() {
        let is_beginning = |name: &str| name == CURSOR || name == "after";
        for (query, moved) in [
            ("", "cursor=9"),
            ("productId=7", "productId=7&cursor=9"),
            ("after=3&productId=7&limit=2", "productId=7&limit=2&cursor=9"),
            ("cursor=3&q=%26cursor=1&&afterwards=1", "q=%26cursor=1&afterwards=1&cursor=9"),
        ] {
            assert_eq!(moved_to(query, is_beginning, "9"), moved, "{query}");
        }
    }
}
