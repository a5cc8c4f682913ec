//! The command line.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode as Status;

use chrono::NaiveDate;
use clap::{CommandFactory, Parser, Subcommand};
use clap_complete::Shell;

use crate::domain::Month;
use crate::error::{Error, FEW};
use crate::evaluate;
use crate::init;
use crate::log::Log;
use crate::progress::Progress;
use crate::publish::Published;
use crate::run::{self, Request};
use crate::tables::dictionary::{Form, dictionary};
use crate::vintages;

/// Rolling 12-month forecast of machine shipments, and the wafer orders that follow from it.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "Exit codes: 0 done, 2 usage, 65 input rejected, 66 input missing, 69 inputs stale or incomplete, 70 internal, 73 cannot write, 75 another run holds the lock, 78 job file wrong."
)]
pub struct Cli {
    /// Messages on stderr as text, or one JSON object a line.
    #[arg(long, global = true, value_enum, value_name = "FORM", default_value_t)]
    log: Log,
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
        /// Refuse an output folder that holds no vintage, which may be a disk that is not mounted.
        #[arg(long)]
        no_create: bool,
        /// Publish nothing when there is a warning.
        #[arg(long)]
        deny_warnings: bool,
    },
    /// Find every problem of the job and the exports; write nothing.
    Check {
        #[command(flatten)]
        input: Input,
        /// Take a warning for an error.
        #[arg(long)]
        deny_warnings: bool,
    },
    /// Score the forecast and its baselines at past quarter ends; write nothing but the table, as CSV, to stdout.
    Backtest {
        #[command(flatten)]
        input: Input,
    },
    /// Score the forecast on makers whose future is known, beside simple baselines and another build; print the tables.
    #[command(hide = true)]
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
    },
    /// Print every cell that differs between two vintages, as CSV.
    Compare {
        /// Folder of the older vintage, for example out/2025Q2.
        old: PathBuf,
        /// Folder of the newer vintage, for example out/latest.
        new: PathBuf,
        /// This table only; may be given again.
        #[arg(long = "table", value_name = "TABLE")]
        tables: Vec<String>,
    },
    /// Print the data dictionary: every table and column with type, unit, meaning, formula and source.
    Schema {
        /// As a table, as objects, or as the page docs/tables.md.
        #[arg(long, value_enum, default_value_t = Form::Csv)]
        format: Form,
    },
    /// Make a folder with a job, sample exports and schedules to start from.
    Init {
        /// The folder; it must be new or empty.
        dir: PathBuf,
    },
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Print the manual page, as roff.
    Man,
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
            no_create: false,
            deny_warnings: false,
        }
    }
}

/// Runs the command line; the status is the exit code.
pub fn main() -> Status {
    let Cli { log, command } = Cli::parse();
    let in_full = matches!(command, Command::Check { .. });
    match execute(command, log) {
        Ok(()) => Status::SUCCESS,
        Err(error) => {
            log.error(&error, in_full);
            Status::from(error.exit_code() as u8)
        }
    }
}

fn execute(command: Command, log: Log) -> Result<(), Error> {
    match command {
        Command::Run { input, out, quiet, no_create, deny_warnings } => {
            let request = Request { no_create, deny_warnings, ..input.request(out) };
            run(&request, quiet, log)
        }
        Command::Check { input, deny_warnings } => {
            let inputs = run::load(&input.request(None))?;
            let warnings = forecast(&inputs, log)?.warnings;
            if deny_warnings && !warnings.is_empty() {
                return Err(Error::Denied(warnings));
            }
            log.warnings(&warnings, usize::MAX);
            print(&format!("no errors, {} warning(s); as of {}\n", warnings.len(), inputs.exports.as_of))
        }
        Command::Backtest { input } => {
            let inputs = run::load(&input.request(None))?;
            let tables = forecast(&inputs, log)?.tables;
            let backtest = tables.iter().filter(|t| t.spec.name == "backtest");
            backtest
                .map(|table| crate::publish::csv(table, crate::publish::Dialect::default()))
                .try_for_each(|csv| print(&String::from_utf8_lossy(&csv)))
        }
        Command::Evaluate { makers, public, market, reference, orders } => {
            print(&evaluate::evaluate(&evaluate::Request { makers, public, market, reference, orders })?)
        }
        Command::Compare { old, new, tables } => {
            let (differences, changes) = vintages::compare(&old, &new, &tables)?;
            log.changes(&changes);
            print(&differences)
        }
        Command::Schema { format } => print(&dictionary(format)?),
        Command::Init { dir } => {
            let made = init::init(&dir)?;
            print(&(made.join("\n") + "\n"))
        }
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "wafercast", &mut script);
            print(&String::from_utf8_lossy(&script))
        }
        Command::Man => print(&manual()?),
    }
}

fn run(request: &Request, quiet: bool, log: Log) -> Result<(), Error> {
    let progress = Progress::new(!quiet && log == Log::Text);
    let report = run::run(request, &|stage| {
        progress.stage(stage);
        if !quiet {
            log.stage(stage);
        }
    })?;
    drop(progress);
    if quiet {
        return Ok(());
    }
    log.published(&report.published, &report.summary);
    let mut lines = vec![match &report.published {
        Published::New(path) => format!("published {}", path.display()),
        Published::Unchanged(path) => format!("unchanged: {} has the same job and inputs", path.display()),
    }];
    lines.extend(report.summary);
    print(&(lines.join("\n") + "\n"))?;
    log.warnings(&report.warnings, FEW);
    Ok(())
}

fn forecast(inputs: &run::Inputs, log: Log) -> Result<run::Outcome, Error> {
    let progress = Progress::new(log == Log::Text);
    run::forecast(inputs, &|stage| {
        progress.stage(stage);
        log.stage(stage);
    })
}

/// The manual page of the program and of every command, one after the other.
fn manual() -> Result<String, Error> {
    let mut page = Vec::new();
    let mut program = Cli::command();
    program.build();
    let render = |command: &clap::Command, page: &mut Vec<u8>| {
        clap_mangen::Man::new(command.clone()).render(page).map_err(|e| Error::Internal(e.to_string()))
    };
    render(&program, &mut page)?;
    for command in program.get_subcommands().filter(|c| c.get_name() != "help") {
        render(command, &mut page)?;
    }
    String::from_utf8(page).map_err(|e| Error::Internal(e.to_string()))
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
