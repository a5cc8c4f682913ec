//! What can be wrong with the input, where it stands and what to do about it.

use std::borrow::Cow;
use std::fmt;
use std::path::{Path, PathBuf};

use crate::exit_code::ExitCode;
use crate::text::{short, visible};

/// Defines the codes: what each means, its stable name, and what the user can do about it.
macro_rules! codes {
    ($($(#[doc = $meaning:expr])+ $code:ident = $name:literal, $remedy:literal;)+) => {
        /// What kind of problem it is. The text form is stable: jobs and people refer to it.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
        pub enum Code {
            $($(#[doc = $meaning])+ $code,)+
        }

        impl Code {
            /// Every code, in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$code),+];

            /// The stable name, such as `bad-number`.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$code => $name,)+
                }
            }

            /// What it means.
            pub const fn meaning(self) -> &'static str {
                match self {
                    $(Self::$code => concat!($($meaning),+),)+
                }
            }

            /// What the user can do about it.
            pub const fn remedy(self) -> &'static str {
                match self {
                    $(Self::$code => $remedy,)+
                }
            }
        }
    };
}

codes! {
    /// A file that the job needs is not there or cannot be opened.
    MissingFile = "missing-file", "check the path in the job's [exports] section, or the folder given with --inputs";
    /// A file that the system could not read to its end.
    Unreadable = "unreadable", "look at the disk or the network share that the file lies on, then copy the file again";
    /// A file that is damaged or cut off, or a column of a type that no cell has.
    DamagedFile = "damaged-file", "export or copy the file again; write its columns as numbers, text, days or timestamps";
    /// A file, row or cell larger than any export has.
    TooLarge = "too-large", "look at what the file holds; where it is right, give it unpacked, as Parquet or in several files, or raise unpacked_mb_allowed in the job's [reading]";
    /// A file without a header row.
    EmptyFile = "empty-file", "export the file again: it must begin with a header row";
    /// A file in a form that is not read, such as an archive, an old workbook or a web page.
    OtherFormat = "other-format", "the message names what the file is; give the table itself as CSV in UTF-8, gzip of it, Parquet, JSON, XLSX or ODS";
    /// Bytes that are not text in the declared encoding.
    NotText = "not-text", "declare `encoding` for the export in the job, or export the file as CSV in UTF-8";
    /// A column that the export must have is not in the header.
    MissingColumn = "missing-column", "add the column to the export, or map its name in the job: columns = { our_name = \"name in the file\" }";
    /// Two header cells that both match one column.
    AmbiguousColumn = "ambiguous-column", "remove one of the columns from the export, or name the right one in the job's `columns`";
    /// Rows that a step of the job cannot shape: what it names is not there, or not as it expects.
    Step = "step", "mend the step that the message names in the job, or the rows in the system they came from";
    /// A column that is not read, named much like one that is and is absent.
    UnreadColumn = "unread-column", "correct the column's name in the export, or map it in the job: columns = { our_name = \"name in the file\" }";
    /// A quote that is not closed where a cell ends.
    BadQuote = "bad-quote", "double the quotes inside a quoted cell, or remove the stray one";
    /// A row with more or fewer cells than the header.
    WrongCellCount = "wrong-cell-count", "look for a missing quote or a delimiter inside a text cell; leave rows that are no data out by the step skip_rows";
    /// An empty cell where a value is needed.
    EmptyCell = "empty-cell", "fill the cell, or remove the row from the export";
    /// A cell that is not a date of the declared form.
    BadDate = "bad-date", "write dates year first, or declare `date_format` for the export in the job";
    /// A cell that is not a month.
    BadMonth = "bad-month", "write YYYY-MM, for example 2025-01, or a date in the month";
    /// A cell that is not a number of the declared form, or out of range.
    BadNumber = "bad-number", "write plain digits with a decimal point, or declare `decimal_mark` for the export in the job";
    /// A cell with a word that is not one of the allowed ones.
    BadWord = "bad-word", "use one of the words listed, or map yours in the job: words = { \"word in the file\" = \"one of them\" }";
    /// A model that the job does not name.
    UnknownModel = "unknown-model", "add the model to the job as a [[models]] entry, or correct its name in the export; leave rows that are no machine, such as freight, out by the step skip_rows";
    /// A chip or foundry that the job does not name.
    UnknownItem = "unknown-item", "add the chip or foundry to the job, or correct its name in the export";
    /// The same key in two rows.
    DuplicateRow = "duplicate-row", "keep one of the rows where they are copies; add them up by the step group with sum where they are parts, such as warehouses";
    /// Rows alike in every cell, in an export whose rows have no key; of shipments not where the orders say that as much was delivered.
    IdenticalRows = "identical-rows", "remove the copies, or confirm that the same happened twice on one day";
    /// A cell that contradicts another cell of its row.
    Contradiction = "contradiction", "correct the row in the system it was exported from";
    /// A row that refers to an order that does not exist.
    UnknownOrder = "unknown-order", "export orders and shipments at the same time, over the same period";
    /// Order numbers of shipments that match those of orders only when they are written alike.
    OrderNumbers = "order-numbers", "put the order_id_rule that the message names into the job's [reading], or export both with the same numbers";
    /// Machines shipped beyond what was ordered under the number.
    OverDelivery = "over-delivery", "correct the quantity of the order or of the shipment in the system it came from";
    /// Machines shipped as another model than was ordered under the number.
    OtherModel = "other-model", "confirm that the customer took the other model, or correct the order or the shipment";
    /// Orders cancelled and signed again: the same customer, model and quantity within a month.
    AmendedOrders = "amended-orders", "nothing to do where the orders were amended; orders that are not the same need different quantities or dates";
    /// Orders signed years before all others.
    StrayOrders = "stray-orders", "correct the year of the orders named, or confirm that they are so old";
    /// Machines past due for longer than the job allows.
    LapsedOrders = "lapsed-orders", "complete or cancel the orders named, or raise `past_due_months` in the job's [demand]";
    /// Data that stop before the as-of date, or have a hole that matters.
    Stale = "stale", "export the file again up to the as-of date, or run with an earlier --as-of";
    /// An optional export that is absent, empty or begins late.
    NoData = "no-data", "provide the export if it exists; the forecast is made without it";
    /// Several files that could be one export.
    AmbiguousFile = "ambiguous-file", "leave one of the files in the folder, or name the right one in the job";
    /// Values whose unit or meaning the file does not say.
    AmbiguousUnit = "ambiguous-unit", "declare `unit` or `chart` for the export in the job; the message names the choices";
    /// A market export in another unit than it is taken for.
    UnitSlip = "unit-slip", "correct the unit in the header or in the job; the message names what the values look like";
    /// A day of hashprice or difficulty, or days of it, that cannot be right.
    ImplausibleMarket = "implausible-market", "correct the days named in the system they came from; `[plausibility]` in the job has the limits";
    /// A market feed whose value stands still: hashprice for four days, difficulty for longer than an epoch.
    FlatFeed = "flat-feed", "look whether the source was filled in those days, and export it again";
    /// Amounts in a currency other than USD.
    OtherCurrency = "other-currency", "give its rate in the job (usd_per, per_usd, or rates by day), convert the amounts to USD where the export is made, or say in the job which word means USD: words = { \"美金\" = \"USD\" }";
    /// A price far from the rest of the book, from mining income or from what chips cost.
    OddPrice = "odd-price", "correct the price in the system it came from; `price_factor` in the job's [plausibility] has the limit";
    /// More received on an order than its whole value.
    Overpaid = "overpaid", "correct the payment or the quantity in the system it came from; no more than the value counts";
    /// An order far larger than any other, or paid like a far smaller one; or all orders of a quarter; or open orders of which nothing was paid.
    OddQuantity = "odd-quantity", "confirm the quantity with the contract; `order_factor` in the job's [plausibility] has the limit";
    /// Stock or wafers on order far beyond what the maker ever sold.
    OddStock = "odd-stock", "correct the count in the system it came from, or raise `stock_years` in the job's [plausibility]";
    /// A wafer order that does not fit its foundry's price, prepayment or lead time.
    OddWafers = "odd-wafers", "compare the row with the foundry's order; where it is right, mend the foundry's terms in the job";
    /// Dates or states of orders, shipments or rows that contradict each other.
    OddDates = "odd-dates", "correct the dates or the state named in the system they came from, or confirm that they are right";
    /// Open orders, or wafer orders, alike in all but their number or their due date; or open orders that are revisions of another.
    CopiedOrders = "copied-orders", "take the copies out of the export, or confirm that each was ordered";
    /// Completed orders of which less was delivered than ordered.
    ClosedShort = "closed-short", "nothing to do where the orders were cut; else correct quantity, delivered_quantity or status";
    /// A hole in the market data that is longer than the job allows.
    Gap = "gap", "export the missing days, or raise `stale_days` in the job's [reading] if the source is thinner";
    /// Rows above the header.
    TitleRow = "title-row",
        "check that the header found is the right one; nothing else to do";
    /// A row of sums among the rows.
    TotalRow = "total-row", "nothing to do at the end of a file; elsewhere remove the row from the export";
    /// A last line without line end, where another file has one.
    UnendedLine = "unended-line", "compare the file with its source; nothing to do where the source never ends its last line";
    /// Rows left out within the job's tolerance.
    RejectedRows = "rejected-rows", "look at rejected_rows and mend the rows in the system they came from";
    /// Difficulty estimated from hashrate, or hashprice from revenue and difficulty.
    Estimated = "estimated", "give an export of the value itself if there is one";
    /// An export whose rows stop before the as-of date, for longer than they ever paused.
    LateExport = "late-export", "export it again after the month is closed; where really nothing happened, allow more in late_months of [reconciliation], or set this check to warning";
    /// A month without any row inside an export that has rows in the months around it.
    MissingMonth = "missing-month", "export the file again over the whole period, or confirm that nothing happened in that month";
    /// An export that is given and has no row.
    EmptyExport = "empty-export", "export it again; where it is really empty, set may_be_empty = true for it in the job, or take it out";
    /// The orders export says that other machines were delivered than the shipments export.
    DeliveredDiffers = "delivered-differs", "export orders and shipments at the same time, up to the as-of date; where they are of the same day, correct the quantity, model or order number that differs";
    /// Wafers that were on order in the vintage before and are neither due nor on order.
    WafersVanished = "wafers-vanished", "put the wafer orders back into supply, or confirm that they were cancelled or came early";
    /// A count of chips that did not move while machines with them left.
    StockUnchanged = "stock-unchanged", "count again: the old count may have been given a new date";
    /// An item of supply that an order to place now depends on, and that was not counted, or on days after the as-of date alone.
    UncountedItem = "uncounted-item", "add the item to supply with its count; 0 where there is none";
    /// Closed months that are not what they were in the vintage before.
    ClosedMonthsChanged = "closed-months-changed", "compare the exports with those of the vintage before; where today's are right, raise the limit named or set this check to warning for this run";
    /// A forecast that contradicts the orders it is made from.
    ContradictsItself = "contradicts-itself", "look for orders or shipments that are missing or keyed differently; `wafercast check` names what was read";
    /// A planner's override that lies outside the interval of its own month.
    OverrideOutside = "override-outside", "confirm the override, or correct its machines, month or model";
    /// One file given as two exports.
    SameExportTwice = "same-export-twice", "give each export its own file";
    /// A count of stock that is older than a month.
    StaleCount = "stale-count", "export the count of the as-of date";
    /// Channel stock of a model that was never shipped.
    NeverShipped = "never-shipped", "check the model's name in channel_inventory, or export the shipments that are missing";
    /// A delivery before the order was signed.
    DeliveryBeforeSignature = "delivery-before-signature", "correct the dates in the system they came from, or confirm that machines left before the contract";
    /// A wafer order that was due and is still open.
    OverdueWafers = "overdue-wafers", "give the wafer order its new due date, or confirm that its chips are in the count";
    /// A wafer order at a foundry that the job does not know for the chip.
    UnknownFoundry = "unknown-foundry", "add the foundry's terms for this chip to the job as a [[foundries]] entry";
    /// Machines due after the end of life of their model.
    AfterEndOfLife = "after-end-of-life", "move the model's end_of_life in the job (last_sale ends its sales alone), or correct the orders";
    /// Machines due before the launch of their model.
    BeforeLaunch = "before-launch", "move the model's launch in the job, or correct the orders";
    /// Wafer orders that were decided otherwise than `supply` shows, or after the as-of date.
    PlacedOrders = "placed-orders", "correct the row in placed_orders, or the order in supply; the message says what counts meanwhile";
    /// Payments that contradict the orders or each other.
    Payments = "odd-payments", "correct the amount, date or order number in the system it came from; the message says what counts meanwhile";
    /// Signed contracts whose deposit was due and was not received.
    Unsecured = "unsecured", "ask the customer for the deposit, or cancel; `effective_deposit_share` and `deposit_due_days` in the job's [policy] are the rule";
    /// Open orders that do not say what was received.
    DepositUnknown = "deposit-unknown", "write what was received in prepaid_usd, 0 where it was nothing, or give the payments export";
    /// A published vintage that is no longer what was published, or was withdrawn.
    Vintage = "vintage", "restore it from a backup, or withdraw it: `wafercast withdraw`";
    /// A vintage is published, and something after that failed.
    Unfinished = "unfinished", "mend what the message names; the next run does the rest";
    /// Something in the data that a person should look at.
    Suspicious = "suspicious", "look at the rows named and confirm that they are right";
    /// A part of the forecast that had to fall back to a simpler one.
    Fallback = "fallback", "nothing to do unless the reason given can be removed";
}

impl Code {
    /// Checks whose severity a job can set in `[checks]`.
    pub const CHECKS: [Self; 49] = [
        Self::TitleRow,
        Self::IdenticalRows,
        Self::UnreadColumn,
        Self::NoData,
        Self::Stale,
        Self::Gap,
        Self::UnitSlip,
        Self::ImplausibleMarket,
        Self::FlatFeed,
        Self::OddPrice,
        Self::Overpaid,
        Self::OddQuantity,
        Self::OddStock,
        Self::OddWafers,
        Self::OddDates,
        Self::CopiedOrders,
        Self::ClosedShort,
        Self::TotalRow,
        Self::UnendedLine,
        Self::Estimated,
        Self::LateExport,
        Self::MissingMonth,
        Self::EmptyExport,
        Self::DeliveredDiffers,
        Self::WafersVanished,
        Self::StockUnchanged,
        Self::UncountedItem,
        Self::ClosedMonthsChanged,
        Self::ContradictsItself,
        Self::OverrideOutside,
        Self::SameExportTwice,
        Self::StaleCount,
        Self::NeverShipped,
        Self::DeliveryBeforeSignature,
        Self::UnknownOrder,
        Self::OrderNumbers,
        Self::OverDelivery,
        Self::OtherModel,
        Self::AmendedOrders,
        Self::StrayOrders,
        Self::LapsedOrders,
        Self::OverdueWafers,
        Self::UnknownFoundry,
        Self::AfterEndOfLife,
        Self::BeforeLaunch,
        Self::PlacedOrders,
        Self::Payments,
        Self::Unsecured,
        Self::DepositUnknown,
    ];

    /// The exit code of a run that this problem stops.
    pub const fn exit_code(self) -> ExitCode {
        match self {
            Self::MissingFile | Self::Unreadable => ExitCode::InputMissing,
            Self::Stale
            | Self::Gap
            | Self::LateExport
            | Self::MissingMonth
            | Self::EmptyExport
            | Self::DeliveredDiffers
            | Self::StockUnchanged
            | Self::UncountedItem
            | Self::ContradictsItself
            | Self::StaleCount => ExitCode::InputStale,
            _ => ExitCode::InputRejected,
        }
    }
}

/// Whether a problem stops the run.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Severity {
    /// Nothing is published.
    Error,
    /// Published, and said in the manifest and on stderr.
    Warning,
}

/// Where a problem stands. Lines count from 1, as editors and spreadsheets do; 0 means the whole file.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Place {
    /// File as the user named it; empty when the problem is not in one file.
    pub path: PathBuf,
    /// Line in the file, 1 is the header; 0 when it is the file as a whole.
    pub line: u64,
    /// Column name as it stands in the header; empty when it is the row as a whole.
    pub column: String,
    /// The cell as it stands in the file.
    pub value: String,
}

impl Place {
    /// The file as a whole.
    pub fn file(path: &Path) -> Self {
        Self { path: path.to_owned(), ..Self::default() }
    }
}

/// Most characters of a cell that a message shows.
const MOST_OF_VALUE: usize = 60;

/// Most characters of a reason: those that list names hold some thousands, one that quotes a cell could hold a megabyte.
const MOST_OF_REASON: usize = 6_000;

/// One problem.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Diagnostic {
    /// Where.
    pub place: Place,
    /// What kind.
    pub code: Code,
    /// Whether it stops the run.
    pub severity: Severity,
    /// What is wrong and what was expected, in one sentence fragment.
    pub reason: String,
}

impl Diagnostic {
    /// A problem that stops the run.
    pub fn error(code: Code, place: Place, reason: impl Into<String>) -> Self {
        Self::new(code, Severity::Error, place, reason.into())
    }

    /// What the user can do about it: where the value itself tells more than the kind of problem, that.
    pub fn remedy(&self) -> &'static str {
        match (self.code, self.place.value.trim().parse::<f64>()) {
            (Code::BadNumber, Ok(number)) if number.is_nan() => {
                "leave the cell empty where there is no value; in Parquet write null, in JSON null"
            }
            // It is a number and could be read: it is not its form that is wrong.
            (Code::BadNumber, Ok(_)) if !self.reason.contains("decimal_mark") => {
                "correct the number in the system it came from; the message says what it may be"
            }
            (Code::BadDate, _) if self.reason.starts_with("has the year") => {
                "correct the date in the system it came from, or declare in `date_format` the form that it really has"
            }
            (code, _) => code.remedy(),
        }
    }

    /// A problem that is only reported.
    pub fn warning(code: Code, place: Place, reason: impl Into<String>) -> Self {
        Self::new(code, Severity::Warning, place, reason.into())
    }

    /// Every problem is made here, and what a cell holds is cut to what a message can show.
    fn new(code: Code, severity: Severity, mut place: Place, mut reason: String) -> Self {
        for (text, most) in [
            (&mut place.column, MOST_OF_VALUE),
            (&mut place.value, MOST_OF_VALUE),
            (&mut reason, MOST_OF_REASON),
        ] {
            if let Cow::Owned(cut) = short(text, most) {
                *text = cut;
            }
        }
        Self { place, code, severity, reason }
    }
}

impl fmt::Display for Diagnostic {
    /// `path:line: column: value, reason [code]`, leaving out what does not apply.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { path, line, column, value } = &self.place;
        if !path.as_os_str().is_empty() {
            write!(f, "{}:", visible(&path.to_string_lossy()))?;
            if *line > 0 {
                write!(f, "{line}:")?;
            }
            write!(f, " ")?;
        }
        if !column.is_empty() {
            write!(f, "{}: `{}`, ", visible(column), visible(value))?;
        }
        write!(f, "{} [{}]", visible(&self.reason), self.code.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_of_a_megabyte_is_cut_and_counted() {
        let value = "x".repeat(1 << 20);
        let reason = format!("is not like {value}");
        let place = Place { path: "a.csv".into(), line: 3, column: "quantity".into(), value };
        let problem = Diagnostic::error(Code::BadNumber, place, reason);
        let text = problem.to_string();
        assert!(text.len() < 6_300, "{}", text.len());
        let begin = format!("a.csv:3: quantity: `{}… (1048576 characters)`, is not like xxx", "x".repeat(60));
        assert!(text.starts_with(&begin), "{text}");
        assert!(text.ends_with("… (1048588 characters) [bad-number]"), "{text}");
    }

    #[test]
    fn prints_path_line_column_value_and_reason() {
        let place =
            Place { path: "orders.csv".into(), line: 3, column: "quantity".into(), value: "-3".into() };
        let problem = Diagnostic::error(Code::BadNumber, place, "is not a whole number above 0");
        assert_eq!(
            problem.to_string(),
            "orders.csv:3: quantity: `-3`, is not a whole number above 0 [bad-number]"
        );
        assert!(problem.remedy().starts_with("correct the number"), "a minus is no matter of form");
        let of = |value: &str, reason: &str| {
            let place = Place { value: value.into(), ..Place::default() };
            Diagnostic::error(Code::BadNumber, place, reason).remedy()
        };
        assert_eq!(of("12 pcs", "is not a number"), Code::BadNumber.remedy());
        assert_eq!(of("1.234", "may be thousands: declare decimal_mark"), Code::BadNumber.remedy());
        assert!(of("NaN", "is NaN").starts_with("leave the cell empty"));
    }
}
