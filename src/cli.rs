//! The command line.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode as Status;

use chrono::NaiveDate;
use clap::{Parser, Subcommand};

use crate::diagnostic::render;
use crate::domain::Month;
use crate::error::Error;
use crate::evaluate;
use crate::publish::Published;
use crate::run::{self, Request};
use crate::tables::{Kind, SPECS};

/// Rolling 12-month forecast of machine shipments, and the wafer orders that follow from it.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "Exit codes: 0 done, 2 usage, 65 input rejected, 66 input missing, 69 inputs stale or incomplete, 70 internal, 73 cannot write, 75 another run holds the lock, 78 job file wrong."
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Read the exports, forecast, and publish a vintage.
    Run {
        #[command(flatten)]
        input: Input,
        /// Folder that vintages are published in, instead of the job's.
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
        /// Print nothing unless something is wrong.
        #[arg(long, short)]
        quiet: bool,
    },
    /// Find every problem of the job and the exports; write nothing.
    Check {
        #[command(flatten)]
        input: Input,
    },
    /// Score the forecast and its baselines at past quarter ends; write nothing but the table, as CSV, to stdout.
    Backtest {
        #[command(flatten)]
        input: Input,
    },
    /// Score the forecast on makers whose future is known, beside the baselines; print the tables.
    Evaluate {
        /// Folder of makers: models.csv, and a folder a maker with history.csv and exports by vintage.
        makers: Option<PathBuf>,
        /// A public maker's quarterly volumes (`period_end`, `computing_power_sold_mth_s`).
        #[arg(long, value_name = "FILE", requires = "market")]
        public: Option<PathBuf>,
        /// Folder with hashprice.csv and difficulty.csv for the public maker.
        #[arg(long, value_name = "DIR")]
        market: Option<PathBuf>,
    },
    /// Print the data dictionary, as CSV.
    Schema,
}

#[derive(Debug, clap::Args)]
struct Input {
    /// Job file, for example jobs/quarterly.toml.
    job: PathBuf,
    /// Read the exports from this folder by their usual names (`futures_orders.csv`, hashprice.csv, ...).
    #[arg(long, value_name = "DIR")]
    inputs: Option<PathBuf>,
    /// Forecast as of this month end, YYYY-MM-DD.
    #[arg(long, value_name = "DATE")]
    as_of: Option<NaiveDate>,
}

impl Input {
    fn request(self, out: Option<PathBuf>) -> Request {
        Request {
            job: self.job,
            inputs: self.inputs,
            as_of: self.as_of,
            out,
            default_as_of: last_quarter_end(),
        }
    }
}

/// Runs the command line; the status is the exit code.
pub fn main() -> Status {
    let command = Cli::parse().command;
    let in_full = matches!(command, Command::Check { .. });
    match execute(command) {
        Ok(()) => Status::SUCCESS,
        Err(error) => {
            let text = if in_full { error.in_full() } else { error.to_string() };
            let _ = writeln!(std::io::stderr(), "error: {text}");
            Status::from(error.exit_code() as u8)
        }
    }
}

fn execute(command: Command) -> Result<(), Error> {
    match command {
        Command::Run { input, out, quiet } => {
            let (published, outcome) = run::run(&input.request(out))?;
            if !quiet {
                let mut lines = vec![match &published {
                    Published::New(path) => format!("published {}", path.display()),
                    Published::Unchanged(path) => {
                        format!("unchanged: {} has the same job and inputs", path.display())
                    }
                }];
                lines.extend(outcome.summary);
                print(&(lines.join("\n") + "\n"))?;
                warn(&outcome.warnings, 20);
            }
            Ok(())
        }
        Command::Check { input } => {
            let inputs = run::load(&input.request(None))?;
            let outcome = run::forecast(&inputs)?;
            warn(&outcome.warnings, usize::MAX);
            print(&format!(
                "no errors, {} warning(s); as of {}\n",
                outcome.warnings.len(),
                inputs.exports.as_of
            ))
        }
        Command::Backtest { input } => {
            let inputs = run::load(&input.request(None))?;
            let outcome = run::forecast(&inputs)?;
            let backtest = outcome.tables.into_iter().filter(|t| t.spec.name == "backtest").collect();
            let files = crate::publish::files(backtest, &[crate::job::Format::Csv])?;
            files.iter().try_for_each(|file| print(&String::from_utf8_lossy(&file.bytes)))
        }
        Command::Evaluate { makers, public, market } => {
            print(&evaluate::evaluate(&evaluate::Request { makers, public, market })?)
        }
        Command::Schema => print(&dictionary()?),
    }
}

/// The data dictionary: one line a column.
fn dictionary() -> Result<String, Error> {
    let internal = |e: String| Error::Internal(e);
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer
        .write_record(["table", "row", "column", "key", "type", "unit", "meaning"])
        .map_err(|e| internal(e.to_string()))?;
    for spec in SPECS {
        for (place, column) in spec.columns.iter().enumerate() {
            let kind = match column.kind {
                Kind::Text => "text".to_owned(),
                Kind::Date => "date".to_owned(),
                Kind::Whole => "integer".to_owned(),
                Kind::Real(decimals) => format!("number, {decimals} decimals"),
            };
            let key = if place < spec.key { "key" } else { "" };
            writer
                .write_record([spec.name, spec.row, column.name, key, &kind, column.unit, column.meaning])
                .map_err(|e| internal(e.to_string()))?;
        }
    }
    let bytes = writer.into_inner().map_err(|e| internal(e.to_string()))?;
    String::from_utf8(bytes).map_err(|e| internal(e.to_string()))
}

fn warn(warnings: &[crate::diagnostic::Diagnostic], limit: usize) {
    if !warnings.is_empty() {
        let _ = std::io::stderr().write_all(render(warnings, limit).as_bytes());
    }
}

fn print(text: &str) -> Result<(), Error> {
    match std::io::stdout().write_all(text.as_bytes()) {
        // Whoever was reading has seen enough.
        Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(Error::write("<stdout>")),
    }
}

/// Last day of the last completed quarter. The only use of the wall clock.
fn last_quarter_end() -> NaiveDate {
    #[expect(
        clippy::disallowed_methods,
        reason = "the default as-of date is the one thing that depends on today"
    )]
    let now = std::time::SystemTime::now();
    let seconds = now.duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_secs());
    let today = chrono::DateTime::from_timestamp(i64::try_from(seconds).unwrap_or(0), 0)
        .unwrap_or_default()
        .date_naive();
    (Month::of(today).quarter().first_month() - 1).last_day()
}
