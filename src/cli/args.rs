//! What the command line takes: commands, their options, and an example of each.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Parser, Subcommand};
use clap_complete::Shell;

use crate::domain::FiscalYear;
use crate::error::Error;
use crate::job::{AtLeastZero, Job};
use crate::log::Log;
use crate::publish::WrittenName;
use crate::run::Request;
use crate::tables::dictionary::Form;
use crate::today;

/// Rolling 12-month forecast of machine shipments, and the wafer orders that follow from it.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "Exit codes: 0 done, 2 usage, 65 input rejected, 66 input missing, 69 inputs stale or incomplete, 70 internal, 73 cannot write, 75 another run holds the lock, 78 job file wrong."
)]
pub struct Cli {
    /// Messages on stderr as text, or one JSON object a line.
    #[arg(long, global = true, value_enum, value_name = "FORM", default_value_t)]
    pub(super) log: Log,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Read the exports, forecast, and publish a vintage.
    #[command(
        after_help = "Examples:\n  wafercast run job.toml                     as of the job's date, or of the last completed quarter\n  wafercast run job.toml --inputs exports --as-of 2025-09-30 --out out\n  wafercast run job.toml --budget 10M --out try-10    what 10 million USD of prepayments let order"
    )]
    Run {
        #[command(flatten)]
        input: Input,
        /// Folder that vintages are published in, instead of the job's.
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
        /// Most that may be prepaid for the wafer orders to place now, USD, instead of the job's: 10000000, 10e6 or 10M.
        #[arg(long, value_name = "USD", value_parser = usd)]
        budget: Option<AtLeastZero>,
        /// Print no summary; warnings and errors stay on stderr.
        #[arg(long, short)]
        quiet: bool,
        /// Show every problem on a line of its own, where like ones are folded otherwise.
        #[arg(long)]
        all: bool,
        /// Refuse an output folder that holds no vintage, which may be a disk that is not mounted.
        #[arg(long)]
        no_create: bool,
        /// Publish nothing when there is a warning.
        #[arg(long)]
        deny_warnings: bool,
    },
    /// Find every problem of the job and the exports, and show what was read; write nothing.
    #[command(
        after_help = "Example:\n  wafercast check job.toml          what was read of every export, and every kind of problem\n  wafercast check job.toml --all    every single problem"
    )]
    Check {
        #[command(flatten)]
        input: Input,
        /// Show every problem on a line of its own, where like ones are folded otherwise.
        #[arg(long)]
        all: bool,
        /// Take a warning for an error.
        #[arg(long)]
        deny_warnings: bool,
    },
    /// Score the forecast and its baselines at past quarter ends; write nothing but the table, as CSV, to stdout.
    #[command(
        after_help = "Examples:\n  wafercast backtest job.toml > backtest.csv\n  wafercast backtest job.toml --as-of 2025-06-30    with what was known then"
    )]
    Backtest {
        #[command(flatten)]
        input: Input,
    },
    /// Score the forecast on makers whose future is known, beside simple baselines and another build; print the tables.
    #[command(
        hide = true,
        after_help = "Example:\n  wafercast evaluate makers --orders    wafer orders of every maker played through"
    )]
    Evaluate {
        /// Folders of makers: models.csv, and a folder a maker with history.csv and exports by vintage.
        makers: Vec<PathBuf>,
        /// A public maker's quarterly volumes (`period_end`, `computing_power_sold_mth_s`).
        #[arg(long, value_name = "FILE", requires = "market")]
        public: Option<PathBuf>,
        /// Folder with hashprice.csv and difficulty.csv up to today: what really happened.
        #[arg(long, value_name = "DIR")]
        market: Option<PathBuf>,
        /// Another build of wafercast, run on the same makers to compare with.
        #[arg(long, value_name = "PATH")]
        reference: Option<PathBuf>,
        /// Play wafer orders through as well.
        #[arg(long)]
        orders: bool,
        /// Keys of the job besides the defaults, such as `wafers.most_service_level = 0.9`; a line each.
        #[arg(long, value_name = "TOML", default_value = "")]
        keys: String,
    },
    /// Print what a stored vintage says: what to order, what changed, what to doubt, and the quarters ahead with a chart.
    #[command(
        after_help = "Examples:\n  wafercast show --out out                the vintage that `latest` points to\n  wafercast show 2025Q2 --job job.toml    an earlier one, of the output folder of this job"
    )]
    Show {
        /// The vintage, for example 2025Q2; without it the one that `latest` points to.
        vintage: Option<WrittenName>,
        #[command(flatten)]
        out: Out,
    },
    /// Say step by step where a wafer order, the dates of a customer's order or the forecast of a month come from.
    #[command(
        after_help = "Examples:\n  wafercast explain \"2025Q3/C5/Foundry East/2025-10-31\" --out out    a wafer order, named as in placed_orders.csv\n  wafercast explain SO-00436 --out out                              an open order of a customer\n  wafercast explain 2026-01 --model M90-200 --out out               the forecast of a month\n  wafercast explain 2026-01 --vintage 2025Q2 --out out -v           as an earlier vintage had it, with the meaning of each column"
    )]
    Explain {
        /// A wafer order, the number of a customer's order, or a month (YYYY-MM).
        #[arg(required = true, num_args = 1.., value_name = "ORDER|MONTH")]
        what: Vec<String>,
        /// The vintage, for example 2025Q2; without it the one of the wafer order, or the one that `latest` points to.
        #[arg(long)]
        vintage: Option<WrittenName>,
        /// The model whose forecast of the month it is; without it all models.
        #[arg(long)]
        model: Option<String>,
        /// Say of each number what its column means, its formula and its source.
        #[arg(long, short)]
        verbose: bool,
        #[command(flatten)]
        out: Out,
    },
    /// Print every cell that differs between two vintages, as CSV.
    #[command(
        after_help = "Examples:\n  wafercast compare out/2025Q2 out/latest\n  wafercast compare out/2025Q3 out/2025Q3-r2 --table wafer_orders    what a correction changed"
    )]
    Compare {
        /// Folder of the older vintage, for example out/2025Q2.
        old: PathBuf,
        /// Folder of the newer vintage, for example out/latest.
        new: PathBuf,
        /// This table only; may be given again.
        #[arg(long = "table", value_name = "TABLE")]
        tables: Vec<String>,
    },
    /// Point `latest` to a vintage, until a newer one is published.
    #[command(
        after_help = "Examples:\n  wafercast latest 2025Q2 --out out            people open the second quarter again\n  wafercast latest 2025Q3-r2 --job job.toml    the output folder of this job"
    )]
    Latest {
        /// The vintage, for example 2025Q2.
        vintage: WrittenName,
        #[command(flatten)]
        out: Out,
    },
    /// Take a vintage back: it is kept and marked, `latest` leaves it, and later runs are not compared with it.
    #[command(
        after_help = "Example:\n  wafercast withdraw 2025Q3 --reason \"shipments of September were missing\" --job job.toml"
    )]
    Withdraw {
        /// The vintage, for example 2025Q3.
        vintage: WrittenName,
        /// Why, for those who meet it later.
        #[arg(long, value_name = "TEXT")]
        reason: String,
        #[command(flatten)]
        out: Out,
    },
    /// Print the data dictionary: every table and column with type, unit, meaning, formula and source.
    #[command(after_help = "Examples:\n  wafercast schema > columns.csv\n  wafercast schema --format json")]
    Schema {
        /// As a table, as objects, or as the page docs/reference/tables.md.
        #[arg(long, value_enum, default_value_t = Form::Csv)]
        format: Form,
    },
    /// Show what files look like, and print the sections of a job that would read them; write nothing.
    #[command(
        after_help = "Example:\n  wafercast inspect orders.csv stock.csv > sections.toml   to be read, corrected and put into a job"
    )]
    Inspect {
        /// Files as any system has them: text, gzip, JSON or Parquet.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Make a folder with a job, sample exports and schedules to start from.
    #[command(
        after_help = "Examples:\n  wafercast init /srv/wafercast\n  wafercast init /srv/wafercast --from orders.csv stock.csv    with the sections that read these files\n  wafercast init /srv/wafercast --fiscal-year-starts 2          quarters end in April, July, October and January"
    )]
    Init {
        /// The folder; it must be new or empty.
        dir: PathBuf,
        /// Files of your own, for which the job gets the sections that `inspect` proposes.
        #[arg(long, value_name = "FILE", num_args = 1..)]
        from: Vec<PathBuf>,
        /// Month that the fiscal year starts in, 1 to 12: job and schedules are of its quarters.
        #[arg(long, value_name = "MONTH", default_value = "1", value_parser = fiscal_year)]
        fiscal_year_starts: FiscalYear,
    },
    /// Print a completion script for a shell.
    #[command(
        after_help = "Examples:\n  wafercast completions bash > /etc/bash_completion.d/wafercast\n  wafercast completions zsh > ~/.zfunc/_wafercast"
    )]
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Print the manual page, as roff.
    #[command(
        after_help = "Examples:\n  wafercast man | man -l -\n  wafercast man > /usr/local/share/man/man1/wafercast.1"
    )]
    Man,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(super) struct Out {
    /// Folder of the vintages.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Job whose output folder it is.
    #[arg(long, value_name = "JOB")]
    job: Option<PathBuf>,
}

impl Out {
    pub(super) fn folder(self) -> Result<PathBuf, Error> {
        match (self.out, self.job) {
            (Some(out), _) => Ok(out),
            (None, Some(job)) => {
                let job = Job::load(&job)?;
                Ok(job.resolve(&job.run.out))
            }
            (None, None) => Err(Error::Usage("give --out or --job".to_owned())),
        }
    }
}

#[derive(Debug, clap::Args)]
pub(super) struct Input {
    /// Job file, for example jobs/quarterly.toml.
    job: PathBuf,
    /// Read the exports from this folder by their usual names (`futures_orders.csv`, hashprice.csv, ...).
    #[arg(long, value_name = "DIR")]
    inputs: Option<PathBuf>,
    /// Forecast as of this month end, YYYY-MM-DD.
    #[arg(long, value_name = "DATE", value_parser = super::dates::as_of)]
    as_of: Option<NaiveDate>,
    /// Name each stage on stderr as it begins.
    #[arg(long, short)]
    pub(super) verbose: bool,
}

impl Input {
    pub(super) fn request(self, out: Option<PathBuf>) -> Request {
        Request {
            job: self.job,
            inputs: self.inputs,
            as_of: self.as_of,
            out,
            now: today::now(),
            no_create: false,
            deny_warnings: false,
        }
    }
}

/// A fiscal year on the command line.
fn fiscal_year(text: &str) -> Result<FiscalYear, String> {
    let month = text.parse().ok().and_then(FiscalYear::starting_in);
    month.ok_or_else(|| {
        "is no month that a fiscal year starts in; write a whole number from 1 to 12".to_owned()
    })
}

/// An amount of USD on the command line.
fn usd(text: &str) -> Result<AtLeastZero, String> {
    let (number, unit) = text.strip_suffix('M').map_or((text, 1.0), |millions| (millions, 1e6));
    let amount: f64 =
        number.parse().map_err(|_| "is no amount; write USD as 10000000, 10e6 or 10M".to_owned())?;
    AtLeastZero::try_from(amount * unit)
}
