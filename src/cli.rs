//! The command line.

use std::path::PathBuf;
use std::process::ExitCode as Status;

use chrono::NaiveDate;
use clap::{CommandFactory, Parser, Subcommand};
use clap_complete::Shell;

use crate::diagnostic::{Code, Diagnostic};
use crate::error::Error;
use crate::evaluate;
use crate::init;
use crate::inspect;
use crate::job::{AtLeastZero, Job};
use crate::log::{Log, print, print_as_it_is};
use crate::progress::Progress;
use crate::publish::{self, Pointed, Published, VintageName};
use crate::read_report;
use crate::render::Extent;
use crate::run::{self, Request};
use crate::tables::SPECS;
use crate::tables::dictionary::{Form, dictionary};
use crate::text::visible;
use crate::today::{self, Chosen};
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
        /// Keys of the job besides the defaults, such as `wafers.most_service_level = 0.9`; a line each.
        #[arg(long, value_name = "TOML", default_value = "")]
        keys: String,
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
    /// Point `latest` to a vintage, until a newer one is published.
    #[command(
        after_help = "Examples:\n  wafercast latest 2025Q2 --out out            people open the second quarter again\n  wafercast latest 2025Q3-r2 --job job.toml    the output folder of this job"
    )]
    Latest {
        /// The vintage, for example 2025Q2.
        vintage: VintageName,
        #[command(flatten)]
        out: Out,
    },
    /// Take a vintage back: it is kept and marked, `latest` leaves it, and later runs are not compared with it.
    #[command(
        after_help = "Example:\n  wafercast withdraw 2025Q3 --reason \"shipments of September were missing\" --job job.toml"
    )]
    Withdraw {
        /// The vintage, for example 2025Q3.
        vintage: VintageName,
        /// Why, for those who meet it later.
        #[arg(long, value_name = "TEXT")]
        reason: String,
        #[command(flatten)]
        out: Out,
    },
    /// Print the data dictionary: every table and column with type, unit, meaning, formula and source.
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
    Init {
        /// The folder; it must be new or empty.
        dir: PathBuf,
        /// Files of your own, for which the job gets the sections that `inspect` proposes.
        #[arg(long, value_name = "FILE", num_args = 1..)]
        from: Vec<PathBuf>,
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
#[group(required = true, multiple = false)]
struct Out {
    /// Folder of the vintages.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Job whose output folder it is.
    #[arg(long, value_name = "JOB")]
    job: Option<PathBuf>,
}

impl Out {
    fn folder(self) -> Result<PathBuf, Error> {
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
            now: today::now(),
            no_create: false,
            deny_warnings: false,
        }
    }
}

/// Runs the command line; the status is the exit code.
pub fn main() -> Status {
    a_limit_of_file_sizes_is_a_failed_write();
    let Cli { log, command } = Cli::parse();
    let extent = match &command {
        Command::Run { all: true, .. } | Command::Check { all: true, .. } => Extent::All,
        Command::Check { .. } => Extent::Folded,
        _ => Extent::Few,
    };
    match execute(command, log, extent) {
        Ok(()) => Status::SUCCESS,
        Err(error) => {
            log.error(&error, extent);
            Status::from(error.exit_code() as u8)
        }
    }
}

/// Beyond a limit of file sizes (`ulimit -f`) the system sends a signal that ends the process without a word, unless
/// somebody listens: then the write fails, which is reported.
fn a_limit_of_file_sizes_is_a_failed_write() {
    #[cfg(unix)]
    let _ = signal_hook::flag::register(libc::SIGXFSZ, std::sync::Arc::default());
}

fn execute(command: Command, log: Log, extent: Extent) -> Result<(), Error> {
    match command {
        Command::Run { input, out, budget, quiet, no_create, deny_warnings, .. } => {
            let request = Request { no_create, deny_warnings, ..input.request(out) };
            run(&request, budget, quiet, log, extent)
        }
        Command::Check { input, deny_warnings, .. } => {
            check(&input.request(None), deny_warnings, log, extent)
        }
        Command::Backtest { input } => {
            let inputs = run::load(&input.request(None))?;
            let tables = forecast(&inputs, log)?.tables;
            let backtest = tables.iter().filter(|t| t.spec.name == "backtest");
            backtest
                .map(|table| crate::publish::csv(table, crate::table::Dialect::default()))
                .try_for_each(|csv| print(&String::from_utf8_lossy(&csv)))
        }
        Command::Evaluate { makers, public, market, reference, orders, keys } => {
            let request = evaluate::Request { makers, public, market, reference, orders, keys };
            print(&evaluate::evaluate(&request)?)
        }
        Command::Compare { old, new, tables } => {
            let (differences, changes) = vintages::compare((&old, &new), &tables, &SPECS)?;
            log.changes(&changes);
            print(&differences)
        }
        Command::Latest { vintage, out } => pointed(&publish::choose(&out.folder()?, vintage)?, log),
        Command::Withdraw { vintage, reason, out } => {
            let out = out.folder()?;
            let after = publish::withdraw(&out, vintage, &reason)?;
            print(&format!("withdrew {vintage}; it stays in {} and is marked\n", out.display()))?;
            pointed(&after, log)
        }
        Command::Schema { format } => print(&dictionary(format)?),
        Command::Inspect { files } => print(&inspect::inspect(&files)?),
        Command::Init { dir, from } => {
            let made = init::init(&dir, &from)?;
            print(&(made.join("\n") + "\n"))
        }
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "wafercast", &mut script);
            print_as_it_is(&String::from_utf8_lossy(&script))
        }
        Command::Man => print_as_it_is(&manual()?),
    }
}

/// An amount of USD on the command line.
fn usd(text: &str) -> Result<AtLeastZero, String> {
    let (number, unit) = text.strip_suffix('M').map_or((text, 1.0), |millions| (millions, 1e6));
    let amount: f64 =
        number.parse().map_err(|_| "is no amount; write USD as 10000000, 10e6 or 10M".to_owned())?;
    AtLeastZero::try_from(amount * unit)
}

fn run(
    request: &Request,
    budget: Option<AtLeastZero>,
    quiet: bool,
    log: Log,
    extent: Extent,
) -> Result<(), Error> {
    let mut task = run::task(request)?;
    task.job.budget.prepayment_usd = budget.or(task.job.budget.prepayment_usd);
    if !quiet {
        announce(task.chosen.as_ref(), log)?;
    }
    let progress = Progress::new(!quiet && log == Log::Text);
    let report = run::run(request, task, &|stage| {
        progress.stage(stage);
        if !quiet {
            log.stage(stage);
        }
    })?;
    drop(progress);
    if !quiet {
        log.published(&report.published, &report.summary);
        let mut lines = vec![match &report.published {
            Published::New(path) => format!("published {}", path.display()),
            Published::Unchanged(path) => {
                if report.warnings.iter().any(|w| w.code == Code::Vintage && w.place.path == *path) {
                    format!(
                        "nothing published: {} has the same job and inputs and was withdrawn",
                        path.display()
                    )
                } else {
                    format!("unchanged: {} has the same job and inputs", path.display())
                }
            }
        }];
        lines.extend(report.summary);
        let lines: Vec<_> = lines.iter().map(|line| visible(line)).collect();
        // The vintage is there, whoever could not be informed: a failure would say that it is not.
        if let Err(error) = print(&(lines.join("\n") + "\n")) {
            let reason = format!("the summary could not be printed: {error}");
            let path = crate::diagnostic::Place::file(report.published.path());
            log.warnings(&[Diagnostic::warning(Code::Unfinished, path, reason)], extent);
        }
    }
    log.warnings(&report.warnings, extent);
    Ok(())
}

/// Which quarter was chosen, and by what date.
fn announce(chosen: Option<&Chosen>, log: Log) -> Result<(), Error> {
    let Some(chosen) = chosen else { return Ok(()) };
    log.chosen(chosen);
    print(&format!("{}\n", visible(&chosen.to_string())))
}

fn check(request: &Request, deny_warnings: bool, log: Log, extent: Extent) -> Result<(), Error> {
    let task = run::task(request)?;
    announce(task.chosen.as_ref(), log)?;
    let inputs = run::load_task(request, task)?;
    print(&read_report::lines(&inputs))?;
    let warnings = forecast(&inputs, log)?.warnings;
    if deny_warnings && !warnings.is_empty() {
        return Err(Error::Denied(warnings));
    }
    log.warnings(&warnings, extent);
    print(&format!("no errors, {} warning(s); as of {}\n", warnings.len(), inputs.exports.as_of))
}

/// Where `latest` points now.
fn pointed(after: &Pointed, log: Log) -> Result<(), Error> {
    log.warnings(&after.warnings, Extent::All);
    print(&match after.latest {
        Some(vintage) => format!("latest -> {vintage}\n"),
        None => "latest: no vintage stands, and there is no link\n".to_owned(),
    })
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
