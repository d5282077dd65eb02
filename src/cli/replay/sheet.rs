//! The file: lines of invoices, read strictly. What they mean is told in `class`.

use std::fmt;
use std::path::Path;

/// The columns, by name; their order does not matter.
const COLUMNS: [&str; 6] =
    ["InvoiceNo", "StockCode", "Description", "Quantity", "UnitPrice", "CustomerID"];
/// Lines at most: four times the data set's two years, and still less than 2 GB of memory.
const LINES_MAX: usize = 4_000_000;

/// An amount of pounds as files write it, in ten-thousandths of a pound: some prices there are
/// finer than a penny.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Price(i64);

/// One line of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) invoice: String,
    pub(super) code: String,
    pub(super) description: String,
    pub(super) quantity: i64,
    pub(super) price: Price,
    pub(super) customer: Option<String>,
}

/// Why a file cannot be replayed.
#[derive(Debug, thiserror::Error)]
pub(super) enum SheetError {
    #[error("the file cannot be read")]
    Unreadable(#[from] csv::Error),
    #[error("the file has no column {0}: expected {all}", all = COLUMNS.join(", "))]
    NoColumn(&'static str),
    #[error("line {line}: {column} is {found:?}, {expected}")]
    Malformed { line: u64, column: &'static str, found: String, expected: &'static str },
    #[error("the file has more than {LINES_MAX} lines")]
    TooLong,
}

impl Price {
    /// Reads `2.55`, `-11062.06`, `0`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let fraction = if fraction.len() > 4 { fraction.trim_end_matches('0') } else { fraction };
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !is_number(whole) || fraction.len() > 4 || !fraction.bytes().all(|b| b.is_ascii_digit())
        {
            return None;
        }
        let whole: i64 = whole.parse().ok()?;
        let fraction: i64 = format!("{fraction:0<4}").parse().ok()?;
        Some(Self(whole.checked_mul(10_000)?.checked_add(fraction)?.checked_mul(sign)?))
    }

    /// The price in pence, if it is whole pence.
    pub(super) fn pence(self) -> Option<i64> {
        (self.0 % 100 == 0).then_some(self.0 / 100)
    }

    pub(super) fn is_zero(self) -> bool {
        self.0 == 0
    }

    pub(super) fn is_positive(self) -> bool {
        self.0 > 0
    }
}

impl Line {
    /// Quantity × price in ten-thousandths of a pound, with the sign of both.
    pub(super) fn value(&self) -> Money {
        Money(i128::from(self.quantity) * i128::from(self.price.0))
    }

    /// Whether the line takes an earlier invoice back.
    pub(super) fn is_cancellation(&self) -> bool {
        self.invoice.starts_with(['C', 'c'])
    }
}

/// A sum of values, in ten-thousandths of a pound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Money(pub(super) i128);

impl Money {
    pub(super) fn of_pence(pence: i128) -> Self {
        Self(pence * 100)
    }
}

impl std::ops::AddAssign for Money {
    fn add_assign(&mut self, other: Self) {
        // Both factors are below 2^63 and there are fewer than 2^22 lines: no overflow before 2^127.
        self.0 += other.0;
    }
}

impl std::ops::Sub for Money {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, size) = (if self.0 < 0 { "-" } else { "" }, self.0.unsigned_abs());
        let (pounds, rest) = (size / 10_000, size % 10_000);
        let text = if rest % 100 == 0 {
            format!("{sign}{pounds}.{:02}", rest / 100)
        } else {
            format!("{sign}{pounds}.{rest:04}")
        };
        f.pad(&text)
    }
}

impl serde::Serialize for Money {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Reads the whole file.
pub(super) fn read(path: &Path) -> Result<Vec<Line>, SheetError> {
    let mut reader = csv::Reader::from_path(path)?;
    let header = reader.byte_headers()?.clone();
    let mut places = [0; COLUMNS.len()];
    for (place, column) in places.iter_mut().zip(COLUMNS) {
        let found = header.iter().position(|name| name.trim_ascii() == column.as_bytes());
        *place = found.ok_or(SheetError::NoColumn(column))?;
    }
    let mut lines = Vec::new();
    let mut record = csv::ByteRecord::new();
    while reader.read_byte_record(&mut record)? {
        if lines.len() == LINES_MAX {
            return Err(SheetError::TooLong);
        }
        lines.push(line(&record, &places)?);
    }
    Ok(lines)
}

fn line(record: &csv::ByteRecord, places: &[usize; COLUMNS.len()]) -> Result<Line, SheetError> {
    let line = record.position().map_or(0, csv::Position::line);
    // Descriptions of this trade carry pound signs in more than one encoding; none of them counts.
    let text = |column: usize| {
        String::from_utf8_lossy(record.get(places[column]).unwrap_or_default()).trim().to_owned()
    };
    let malformed = |column: usize, found: &str, expected| SheetError::Malformed {
        line,
        column: COLUMNS[column],
        found: found.to_owned(),
        expected,
    };
    let [invoice, code, quantity, price] = [0, 1, 3, 4].map(text);
    for (column, found) in [(0, &invoice), (1, &code)] {
        if found.is_empty() {
            return Err(malformed(column, found, "expected a code"));
        }
    }
    Ok(Line {
        quantity: quantity
            .parse()
            .map_err(|_| malformed(3, &quantity, "expected a whole number of pieces"))?,
        price: Price::parse(&price)
            .ok_or_else(|| malformed(4, &price, "expected pounds with at most four decimals"))?,
        description: text(2),
        customer: Some(text(5)).filter(|customer| !customer.is_empty()),
        invoice,
        code,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_read_exactly_or_refused() {
        for (text, expected) in [
            ("2.55", Some(25_500)),
            ("2.5", Some(25_000)),
            ("0", Some(0)),
            ("7.", Some(70_000)),
            ("0.001", Some(10)),
            ("0.00010000", Some(1)),
            ("-11062.06", Some(-110_620_600)),
            ("0.00001", None),
            ("", None),
            ("-", None),
            (".5", None),
            ("1,5", None),
            ("1e3", None),
            ("999999999999999999", None),
        ] {
            assert_eq!(Price::parse(text), expected.map(Price), "{text}");
        }
        assert_eq!(Price(25_500).pence(), Some(255));
        assert_eq!(Price(10).pence(), None);
    }

    #[test]
    fn money_is_written_with_pence_or_finer() {
        for (money, text) in [(2_529_797_700, "252979.77"), (-10, "-0.0010"), (0, "0.00")] {
            assert_eq!(Money(money).to_string(), text);
        }
    }

    #[test]
    fn a_line_that_cannot_be_read_is_named() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("sales.csv");
        let head = "UnitPrice,InvoiceNo,StockCode,Description,Quantity,CustomerID\n";
        for (rows, expected) in [
            ("1.5,1,A,\"b, \"\"c\"\" \",2,\n", None),
            ("1.5,1,A,b,2,\nx,1,A,b,2,\n", Some("line 3: UnitPrice is \"x\"")),
            ("1.5,1,A,b,1.5,\n", Some("line 2: Quantity is \"1.5\"")),
            ("1.5,1,,b,1,\n", Some("line 2: StockCode is \"\"")),
            ("1.5,1\n", Some("the file cannot be read")),
        ] {
            std::fs::write(&path, format!("{head}{rows}")).expect("can be written");
            match (read(&path), expected) {
                (Ok(lines), None) => assert_eq!(lines[0].description, "b, \"c\""),
                (Err(error), Some(text)) => assert!(error.to_string().contains(text), "{error}"),
                (other, _) => panic!("{rows}: {other:?}"),
            }
        }
        std::fs::write(&path, "InvoiceNo,StockCode\n").expect("can be written");
        assert!(matches!(read(&path), Err(SheetError::NoColumn("Description"))));
    }
}
