//! Many products of one shop in one call: CSV with a header, or one JSON object a line. Every row
//! that is good is created, all in one step; the report names the line of every one that is not.

use hotdeal_actors::shop::{ImportProducts, ProductText};
use hotdeal_domain::Currency;
use hotdeal_domain::shop::ON_HAND_MAX;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::products::{Members, Raw, checked};
use super::shops;
use crate::http::kit::answer::Answer;
use crate::http::kit::call::Call;
use crate::http::kit::code::{Code, Language};
use crate::http::kit::json;
use crate::http::kit::problem::Problem;
use crate::http::kit::query::{Parameter, q};

/// The media types that can be sent.
pub(crate) const MEDIA: &[&str] = &["text/csv", "application/x-ndjson"];
/// The most rows of one call: one transaction writes them in a fraction of a second.
const ROWS_MAX: usize = 10_000;
const MEMBERS: Members = Members {
    name: "name",
    description: "description",
    price: "price",
    image_url: "imageUrl",
    category: "category",
};
/// Parameters of the query.
pub(crate) const SHOP: Parameter =
    q("shopId", false, "the shop; one's own, or the platform's, where absent").id();
pub(crate) const DRY_RUN: Parameter = q("dryRun", false, "true: only the report").flag();
/// The columns of a CSV file; `name` and `price` must be there.
const COLUMNS: [&str; 6] = ["name", "description", "price", "imageUrl", "category", "stock"];

/// What became of each row.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ImportAnswer {
    /// Nothing was created, because that was asked for.
    dry_run: bool,
    /// Rows read.
    rows: usize,
    /// Products created, or, in a dry run, that would be.
    created: usize,
    /// Rows that are not good.
    failed: usize,
    /// Each product created, by line.
    products: Vec<ImportedRow>,
    /// Each row that is not good, by line.
    errors: Vec<FailedRow>,
}

/// A row that became a product.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ImportedRow {
    line: u64,
    product_id: i64,
}

/// A row that is not good.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FailedRow {
    line: u64,
    /// The column or member that is wrong, where one is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    member: Option<String>,
    /// What is wrong with it.
    message: String,
}

/// A row of JSON lines.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    name: String,
    #[serde(default)]
    description: String,
    price: Box<RawValue>,
    #[serde(default)]
    image_url: String,
    #[serde(default)]
    category: Option<String>,
    #[serde(default)]
    stock: Option<Box<RawValue>>,
}

/// The rows of a call: the line of each, and its product and stock or why it is refused.
type Rows = Vec<(u64, Result<(ProductText, u32), Problem>)>;

/// A dry run, or a call without a good row, creates nothing and keeps nothing under its key: a
/// repeat is decided anew, on the rows and the rules as they are then.
pub(crate) async fn import(call: &Call) -> Result<Answer, Problem> {
    let dry_run = call.flag(&DRY_RUN)?;
    let shop = shops::own(call, call.query_id(&SHOP)?).await?;
    let rows = if call.media().eq_ignore_ascii_case("text/csv") {
        csv_rows(call.body(), shop.currency)?
    } else {
        json_rows(call.body(), shop.currency)?
    };
    let mut answer = ImportAnswer {
        dry_run,
        rows: rows.len(),
        created: 0,
        failed: 0,
        products: Vec::new(),
        errors: Vec::new(),
    };
    let (mut lines, mut products) = (Vec::new(), Vec::new());
    for (line, row) in rows {
        match row {
            Ok(product) => {
                lines.push(line);
                products.push(product);
            }
            Err(problem) => answer.errors.push(failed(line, &problem, call.language())),
        }
    }
    (answer.created, answer.failed) = (products.len(), answer.errors.len());
    if dry_run || products.is_empty() {
        return Ok(Answer::ok(&answer).spoken(call.language()));
    }
    let import = ImportProducts { shop: shop.id, products };
    let imported = call.state.mall.shops().import_products(import, call.key()).await?;
    let numbers = imported.value.iter().map(|product| product.get());
    let products = lines.into_iter().zip(numbers);
    answer.products = products.map(|(line, product_id)| ImportedRow { line, product_id }).collect();
    Ok(Answer::ok(&answer).spoken(call.language()).replayed(imported.replayed))
}

fn failed(line: u64, problem: &Problem, language: Language) -> FailedRow {
    FailedRow {
        line,
        member: problem.member().map(str::to_owned),
        message: problem.sentence(language).into_owned(),
    }
}

fn too_many() -> Problem {
    Problem::from(Code::InvalidValue).saying(
        &format!("한 번에 {ROWS_MAX}행까지 보낼 수 있습니다"),
        &format!("at most {ROWS_MAX} rows at a time"),
    )
}

fn csv_rows(body: &[u8], currency: Currency) -> Result<Rows, Problem> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let mut reader =
        csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(body);
    let header = reader.headers().map_err(unreadable)?.clone();
    let column = |name: &str| header.iter().position(|title| title.eq_ignore_ascii_case(name));
    let places = COLUMNS.map(column);
    for (required, place) in [("name", places[0]), ("price", places[2])] {
        if place.is_none() {
            return Err(Problem::missing(required));
        }
    }
    let mut rows = Rows::new();
    for record in reader.into_records() {
        if rows.len() >= ROWS_MAX {
            return Err(too_many());
        }
        let (line, row) = match record {
            Ok(record) => {
                let line = record.position().map_or(0, |at| line_at(body, at));
                (line, csv_row(&record, &places, currency))
            }
            Err(error) => {
                let line = error.position().map_or(0, |at| line_at(body, at));
                (line, Err(unreadable(error)))
            }
        };
        rows.push((line, row));
    }
    Ok(rows)
}

/// The line in which a record begins. The parser counts from where it continued to read: before the
/// end of the previous line, and before empty lines.
fn line_at(body: &[u8], position: &csv::Position) -> u64 {
    let start = usize::try_from(position.byte()).unwrap_or(usize::MAX).min(body.len());
    let ends = body[start..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
    ends.filter(|byte| **byte == b'\n').fold(position.line(), |line, _| line + 1)
}

fn unreadable(_: csv::Error) -> Problem {
    let (ko, en) = ("UTF-8로 된 CSV로 읽을 수 없습니다", "it cannot be read as CSV in UTF-8");
    Problem::from(Code::InvalidValue).saying(ko, en)
}

fn csv_row(
    record: &csv::StringRecord,
    places: &[Option<usize>; 6],
    currency: Currency,
) -> Result<(ProductText, u32), Problem> {
    let cell = |column: usize| places[column].and_then(|at| record.get(at)).unwrap_or_default();
    if cell(2).is_empty() {
        return Err(Problem::missing(MEMBERS.price));
    }
    // A text that is not JSON is no number. Money is read as exactly as in JSON.
    let price = RawValue::from_string(cell(2).to_owned())
        .map_err(|_| Problem::value(MEMBERS.price, "숫자여야 합니다", "not a decimal number"))?;
    let raw = Raw {
        name: cell(0),
        description: cell(1),
        price: &price,
        image_url: cell(3),
        category: Some(cell(4)).filter(|code| !code.is_empty()),
    };
    Ok((checked(&raw, &MEMBERS, currency)?, stock(Some(cell(5)).filter(|text| !text.is_empty()))?))
}

fn json_rows(body: &[u8], currency: Currency) -> Result<Rows, Problem> {
    let mut rows = Rows::new();
    for (number, line) in (1_u64..).zip(body.split(|byte| *byte == b'\n')) {
        if line.trim_ascii().is_empty() {
            continue;
        }
        if rows.len() >= ROWS_MAX {
            return Err(too_many());
        }
        rows.push((number, json_row(line, currency)));
    }
    Ok(rows)
}

fn json_row(line: &[u8], currency: Currency) -> Result<(ProductText, u32), Problem> {
    let line: Line = json::read(line)?;
    let raw = Raw {
        name: &line.name,
        description: &line.description,
        price: &line.price,
        image_url: &line.image_url,
        category: line.category.as_deref(),
    };
    Ok((checked(&raw, &MEMBERS, currency)?, stock(line.stock.as_deref().map(RawValue::get))?))
}

fn stock(text: Option<&str>) -> Result<u32, Problem> {
    let Some(text) = text else { return Ok(0) };
    let pieces = text.parse::<u32>().ok().filter(|pieces| *pieces <= ON_HAND_MAX);
    pieces.ok_or_else(|| Problem::out_of_range("stock", 0, ON_HAND_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(rows: &Rows) -> Vec<(u64, String)> {
        let row = |(line, row): &(u64, Result<(ProductText, u32), Problem>)| match row {
            Ok((product, pieces)) => {
                let minor = product.price.minor();
                (*line, format!("{} {minor} {} x{pieces}", product.name, product.category))
            }
            Err(problem) => (*line, problem.member().unwrap_or("?").to_owned()),
        };
        rows.iter().map(row).collect()
    }

    #[test]
    fn csv_is_read_by_the_names_of_its_columns() {
        let body = "\u{feff}price,name,stock,category,colour\r\n\
            2.55,\"Lamp, \"\"desk\"\"\nred\",5,HOME_LIVING,red\r\n\
            1,Chair\r\n\
            ,No price,1,\r\n\
            2.555,Too exact,1,\r\n\
            1,,1,\r\n\
            1,Bad stock,-1,\r\n\
            1,Bad category,1,LAMPS\r\n\
            one,Bad price,1,\r\n";
        let rows = csv_rows(body.as_bytes(), Currency::Gbp).expect("a header");
        let expected = [
            (2, "Lamp, \"desk\"\nred 255 HOME_LIVING x5"),
            (4, "Chair 100 OTHER x0"),
            (5, "price"),
            (6, "price"),
            (7, "name"),
            (8, "stock"),
            (9, "category"),
            (10, "price"),
        ];
        assert_eq!(told(&rows), expected.map(|(line, text)| (line, text.to_owned())));
        let headless = csv_rows(b"Lamp,100\n", Currency::Krw).expect_err("no header");
        assert_eq!(headless.member(), Some("name"));
    }

    #[test]
    fn json_lines_are_read_one_by_one() {
        let body = "{\"name\":\"Lamp\",\"price\":100,\"stock\":3}\n\n\
            {\"name\":\"Lamp\"}\n{\"name\":1,\"price\":1}\nnonsense\n\
            {\"name\":\"Lamp\",\"price\":\"100\"}\n{\"name\":\"Lamp\",\"price\":1,\"stock\":1.5}";
        let rows = json_rows(body.as_bytes(), Currency::Krw).expect("rows");
        let expected = [
            (1, "Lamp 100 OTHER x3"),
            (3, "price"),
            (4, "name"),
            (5, "?"),
            (6, "price"),
            (7, "stock"),
        ];
        assert_eq!(told(&rows), expected.map(|(line, text)| (line, text.to_owned())));
    }

    #[test]
    fn more_rows_than_a_call_takes_are_refused_whole() {
        let row = "{\"name\":\"Lamp\",\"price\":100}\n";
        assert!(json_rows(row.repeat(ROWS_MAX).as_bytes(), Currency::Krw).is_ok());
        assert!(json_rows(row.repeat(ROWS_MAX + 1).as_bytes(), Currency::Krw).is_err());
        let csv = format!("name,price\n{}", "Lamp,100\n".repeat(ROWS_MAX + 1));
        assert!(csv_rows(csv.as_bytes(), Currency::Krw).is_err());
    }
}
