//! Every operation of the server, as its own description tells them.

use serde_json::Value;

use crate::support::App;

/// One operation.
#[derive(Debug, Clone)]
pub(crate) struct Operation {
    pub(crate) id: String,
    pub(crate) method: String,
    /// The path, with its parameters in braces.
    pub(crate) template: String,
    /// The least role that may call, or `PUBLIC`.
    pub(crate) role: String,
    /// Its allowances, where it has some.
    pub(crate) group: Option<String>,
    pub(crate) takes_key: bool,
    /// The statuses it is documented to answer with.
    pub(crate) statuses: Vec<u16>,
}

/// All of them, from `hotdeal openapi`.
pub(crate) fn operations(app: &App) -> Vec<Operation> {
    let ended = app.run(&["openapi"]);
    assert!(ended.status.success(), "{ended:?}");
    let document: Value = serde_json::from_str(&ended.stdout).expect("JSON");
    let paths = document["paths"].as_object().expect("paths");
    let mut found = Vec::new();
    for (template, item) in paths {
        for (method, operation) in item.as_object().expect("a path's operations") {
            found.push(read(template, method, operation));
        }
    }
    assert!(found.len() > 40, "{} operations", found.len());
    found
}

fn read(template: &str, method: &str, operation: &Value) -> Operation {
    let text = |name: &str| operation[name].as_str().map(str::to_owned);
    let access = |name: &str| operation["x-access"][name].as_str().map(str::to_owned);
    let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
    let responses = operation["responses"].as_object().expect("responses");
    Operation {
        id: text("operationId").unwrap_or_else(|| panic!("{method} {template} has no id")),
        method: method.to_uppercase(),
        template: template.to_owned(),
        role: access("role").unwrap_or_else(|| panic!("{method} {template}: who may call it?")),
        group: access("rateLimit"),
        takes_key: parameters.iter().any(|parameter| parameter["name"] == "Idempotency-Key"),
        statuses: responses.keys().filter_map(|status| status.parse().ok()).collect(),
    }
}

impl Operation {
    /// A path of it: every parameter is this number.
    pub(crate) fn path(&self, number: i64) -> String {
        let part = |part: &str| match part.starts_with('{') {
            true => number.to_string(),
            false => part.to_owned(),
        };
        self.template.split('/').map(part).collect::<Vec<_>>().join("/")
    }

    /// Whether a path is one of it.
    pub(crate) fn is_at(&self, method: &str, path: &str) -> bool {
        let path = path.split('?').next().unwrap_or_default();
        let (mine, other) = (self.template.split('/'), path.split('/'));
        let same = |(mine, other): (&str, &str)| mine == other || mine.starts_with('{');
        self.method == method
            && mine.clone().count() == other.clone().count()
            && mine.zip(other).all(same)
    }
}
