//! Files as systems write them, shaped into the rows of an export: the steps of `[[exports.NAME.steps]]`, carried out in order
//! on a frame of text in which every row keeps the line that it came from.
//!
//! It knows nothing of exports: what a cell means as a number, day or month, and how a second file is opened, is reported by the
//! caller ([`World`]).

mod cells;
mod compute;
mod decimal;
mod extract;
mod fill;
mod frame;
mod group;
mod hand;
mod header;
mod join;
mod months;
mod pattern;
mod pivot;
mod reversals;
mod rows;
mod shares;
mod unpivot;

use std::path::Path;

use chrono::NaiveDate;

use crate::diagnostic::{Code, Diagnostic};
use crate::domain::Month;
use crate::job::{Export, Join, Step};

pub use cells::Cells;
pub use decimal::text_of_number;
pub use frame::{Frame, Rows};
use hand::Hand;

/// What steps must be reported of the world around a file.
pub trait World {
    /// The file, as the user named it.
    fn path(&self) -> &Path;
    /// Names that columns of the export may have, in any spelling.
    fn names(&self) -> &[String];
    /// How the export is written.
    fn export(&self) -> &Export;
    /// Names of the column that says since when a row is known, in any spelling.
    fn dated(&self) -> &[String];
    /// Last day that exists.
    fn as_of(&self) -> NaiveDate;
    /// Whether a cell stands for no value.
    fn is_empty(&self, text: &str) -> bool;
    /// A cell as a number.
    ///
    /// # Errors
    /// The reason, as a sentence fragment.
    fn number(&self, text: &str) -> Result<f64, String>;
    /// A cell of a column as a day.
    ///
    /// # Errors
    /// The reason, as a sentence fragment.
    fn day(&self, header: &str, text: &str) -> Result<NaiveDate, String>;
    /// A cell of a column as a month.
    ///
    /// # Errors
    /// The reason, as a sentence fragment.
    fn month(&self, header: &str, text: &str) -> Result<Month, String>;
    /// First and last day of an ISO week.
    fn week(&self, text: &str) -> Option<(NaiveDate, NaiveDate)>;
    /// The same of a quarter.
    fn quarter(&self, text: &str) -> Option<(NaiveDate, NaiveDate)>;
    /// Hashrate of a model of the job, in TH/s.
    fn hashrate_th(&self, model: &str) -> Option<f64>;
    /// The rows of the second file of a join, under its header.
    ///
    /// # Errors
    /// What is wrong with the file.
    fn second(&self, join: &Join) -> Result<Frame, Vec<Diagnostic>>;
}

/// What a step did to the rows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Done {
    /// Number and name of the step.
    pub step: String,
    /// Rows before it.
    pub before: u64,
    /// Rows after it.
    pub after: u64,
    /// Rows that it left out.
    pub skipped: u64,
}

/// A file after its steps.
#[derive(Clone, Debug)]
pub struct Shaped {
    /// Its rows, under their header.
    pub frame: Frame,
    /// What each step did.
    pub done: Vec<Done>,
    /// Line of the header, where rows that are not blank stand above it and no step said so.
    pub titled: Option<u64>,
}

/// Carries out the steps of an export on the rows of a file; rows without header get theirs first.
///
/// # Errors
/// Everything that the first step that fails says.
pub fn apply(world: &dyn World, frame: Frame) -> Result<Shaped, Vec<Diagnostic>> {
    let steps = world.export().steps.list();
    let mut frame = frame;
    let (mut done, mut titled) = (Vec::new(), None);
    let promoted = steps.iter().any(|step| matches!(step, Step::PromoteHeaders(_)));
    if frame.headers.is_empty() && !promoted {
        frame = header::found(world, frame)?;
        titled = Some(frame.header_line).filter(|_| !frame.titles.is_empty());
    }
    for (index, step) in steps.iter().enumerate() {
        let mut hand = Hand::new(world, index + 1, step.name());
        let before = frame.height() as u64;
        if !matches!(
            step,
            Step::PromoteHeaders(_) | Step::SkipRows(_) | Step::KeepRows(_) | Step::FillDown(_)
        ) {
            hand.whole_rows(&frame);
            if hand.failed() {
                return Err(hand.problems());
            }
            frame = frame.settled();
        }
        let after = carry_out(&mut hand, step, frame);
        if hand.failed() {
            return Err(hand.problems());
        }
        frame = after;
        let (after, skipped) = (frame.height() as u64, hand.skipped);
        done.push(Done { step: hand.title(), before, after, skipped });
    }
    let mut hand = Hand::new(world, 0, "");
    hand.whole_rows(&frame);
    if frame.headers.is_empty() && frame.width() > 0 {
        hand.refuse_file(Code::EmptyFile, "has no header row".to_owned());
    }
    if hand.failed() { Err(hand.problems()) } else { Ok(Shaped { frame: frame.settled(), done, titled }) }
}

fn carry_out(hand: &mut Hand<'_>, step: &Step, frame: Frame) -> Frame {
    match step {
        Step::PromoteHeaders(step) => header::promote(hand, step, frame),
        Step::SkipRows(step) => rows::choose(hand, step, frame, false),
        Step::KeepRows(step) => rows::choose(hand, step, frame, true),
        Step::FillDown(step) => fill::down(hand, step, frame),
        Step::Constant(step) => fill::constant(hand, step, frame),
        Step::NumberRows(step) => fill::number(hand, step, frame),
        Step::Extract(step) => extract::parts(hand, step, frame),
        Step::SplitRows(step) => extract::split(hand, step, frame),
        Step::Unpivot(step) => unpivot::rows(hand, step, frame),
        Step::Pivot(step) => pivot::rows(hand, step, frame),
        Step::Join(step) => join::columns(hand, step, frame),
        Step::Group(step) => group::rows(hand, step, frame),
        Step::NetReversals(step) => reversals::net(hand, step, frame),
        Step::Compute(step) => compute::column(hand, step, frame),
    }
}
