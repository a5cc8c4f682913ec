//! The command line.

mod args;
mod dates;

use std::process::ExitCode as Status;

use clap::{CommandFactory, Parser};

use crate::diagnostic::{Code, Diagnostic};
use crate::error::Error;
use crate::evaluate;
use crate::explain::{self, Asked, Detail};
use crate::init;
use crate::inspect;
use crate::job::AtLeastZero;
use crate::log::{Log, print, print_as_it_is};
use crate::progress::Progress;
use crate::publish::{self, Pointed, Published, Wanted};
use crate::read_report;
use crate::render::Extent;
use crate::run::{self, Request};
use crate::show;
use crate::tables::SPECS;
use crate::tables::dictionary::dictionary;
use crate::text::visible;
use crate::today::Chosen;
use crate::vintages::{self, Stored};

pub use args::Cli;
use args::Command;

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
            let verbose = input.verbose;
            let request = Request { no_create, deny_warnings, ..input.request(out) };
            run(&request, budget, Said { quiet, verbose, log, extent })
        }
        Command::Check { input, deny_warnings, .. } => {
            let said = Said { quiet: false, verbose: input.verbose, log, extent };
            check(&input.request(None), deny_warnings, said)
        }
        Command::Backtest { input } => {
            let verbose = input.verbose;
            let inputs = run::load(&input.request(None))?;
            let tables = forecast(&inputs, Said { quiet: false, verbose, log, extent })?.tables;
            let backtest = tables.iter().filter(|t| t.spec.name == "backtest");
            backtest
                .map(|table| crate::publish::csv(table, crate::table::Dialect::default()))
                .try_for_each(|csv| print(&String::from_utf8_lossy(&csv)))
        }
        Command::Evaluate { makers, public, market, reference, orders, keys } => {
            let request = evaluate::Request { makers, public, market, reference, orders, keys };
            print(&evaluate::evaluate(&request)?)
        }
        Command::Show { vintage, out } => {
            let wanted = vintage.map_or(Wanted::Latest, Wanted::Named);
            let stored = Stored::open(&out.folder()?, wanted, &SPECS)?;
            let lines: Vec<_> = show::show(&stored)?;
            let lines: Vec<_> = lines.iter().map(|line| visible(line)).collect();
            print(&(lines.join("\n") + "\n"))
        }
        Command::Explain { what, vintage, model, verbose, out } => {
            let detail = if verbose { Detail::Meaning } else { Detail::Column };
            let asked = Asked { what: what.join(" "), model, vintage, detail };
            print(&explain::explain(&out.folder()?, &asked)?)
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
        Command::Init { dir, from, fiscal_year_starts } => {
            let made = init::init(&dir, &from, fiscal_year_starts)?;
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

/// How much of a run is told, and how.
#[derive(Clone, Copy)]
struct Said {
    quiet: bool,
    verbose: bool,
    log: Log,
    extent: Extent,
}

impl Said {
    /// Names the stages as they begin.
    fn stages(self) -> impl Fn(&str) {
        let progress = Progress::new(!self.quiet && !self.verbose && self.log == Log::Text);
        move |stage| {
            progress.stage(stage);
            if !self.quiet || self.verbose {
                self.log.stage(stage, self.verbose);
            }
        }
    }
}

fn run(request: &Request, budget: Option<AtLeastZero>, said: Said) -> Result<(), Error> {
    let Said { quiet, log, extent, .. } = said;
    let mut task = run::task(request)?;
    task.job.budget.prepayment_usd = budget.or(task.job.budget.prepayment_usd);
    if !quiet {
        announce(task.chosen.as_ref(), log)?;
    }
    let stages = said.stages();
    let report = run::run(request, task, &stages)?;
    drop(stages);
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

fn check(request: &Request, deny_warnings: bool, said: Said) -> Result<(), Error> {
    let Said { log, extent, .. } = said;
    let task = run::task(request)?;
    announce(task.chosen.as_ref(), log)?;
    let inputs = run::load_task(request, task)?;
    print(&read_report::lines(&inputs))?;
    let warnings = forecast(&inputs, said)?.warnings;
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

fn forecast(inputs: &run::Inputs, said: Said) -> Result<run::Outcome, Error> {
    run::forecast(inputs, &said.stages())
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
