//! A form that a page sent: names and values, `application/x-www-form-urlencoded`.

use actix_web::web::Query;

use super::problem::Problem;

/// The media type of forms.
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";
/// Fields of one form at most: the largest of ours has a dozen.
const FIELDS_MAX: usize = 64;

/// The fields of a form, in the order in which they came.
#[derive(Debug, Default)]
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    /// Reads a body.
    ///
    /// # Errors
    /// A problem, for what is no form or has too many fields.
    pub(super) fn read(body: &[u8]) -> Result<Self, Problem> {
        let refused =
            || Problem::value("form", "양식을 읽을 수 없습니다", "the form cannot be read");
        let text = std::str::from_utf8(body).map_err(|_| refused())?;
        let fields = Query::<Vec<(String, String)>>::from_query(text).map_err(|_| refused())?;
        let fields = fields.into_inner();
        if fields.len() > FIELDS_MAX { Err(refused()) } else { Ok(Self(fields)) }
    }

    /// A field; empty where it is absent. The first, where it is there twice.
    pub(crate) fn field(&self, name: &str) -> &str {
        self.0.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_as_they_were_typed() {
        let form = Form::read("a=1%2B1&b=%EC%9E%A5%EB%AF%B8+2&a=3".as_bytes()).expect("a form");
        assert_eq!((form.field("a"), form.field("b"), form.field("c")), ("1+1", "장미 2", ""));
        let many = vec!["x=1"; FIELDS_MAX + 1].join("&");
        assert!(Form::read(many.as_bytes()).is_err());
        assert!(Form::read(b"\xff=1").is_err());
    }
}
