//! `import-django`: users, wallets and balances of the Django service that this one replaces (`docs/django.md`).
//!
//! Each run does what is left to do, so one that was interrupted is started again, and repeated while that service still serves.
//! Progress goes to standard error, what does not fit and the result to standard output. Exit status 1: something does not fit or
//! differs, so do not switch.

mod arguments;
mod progress;
mod report;

use std::error::Error;
use std::process::ExitCode;

use clap::ArgMatches;
use time::OffsetDateTime;

use super::output::{self, CommandResult, OutputError};
use super::prepared::on_prepared;
use crate::app::database_name;
use crate::config::Config;
use crate::storage::import::{Finding, ImportError, ImportOptions, Imported, Listener, Progress};
use arguments::Arguments;
pub(super) use arguments::command;
use progress::Meter;
use report::Report;

#[derive(Debug, thiserror::Error)]
#[error("the import stopped; what was imported so far stays, and the next run goes on from there")]
struct Stopped(#[source] ImportError);

#[derive(Debug, thiserror::Error)]
#[error("{0} is distributed already: import into one PostgreSQL, and distribute that afterwards")]
struct Distributed(String);

/// Prints what an import tells, and keeps it for the report.
struct Printer {
    meter: Meter,
    report: Report,
    /// Why a line could not be written.
    unwritten: Option<OutputError>,
}

impl Listener for Printer {
    fn found(&mut self, finding: &Finding) {
        self.report.found(finding);
        if self.unwritten.is_none() {
            self.unwritten = output::line(finding).err();
        }
    }

    fn progress(&mut self, progress: Progress) {
        self.meter.progress(progress);
    }
}

pub(super) async fn import_django(config: &Config, arguments: &ArgMatches) -> CommandResult {
    let arguments = Arguments::read(arguments)?;
    let target = database_name(config);
    on_prepared(config, async |database| {
        if database.is_distributed() {
            return Err(Distributed(target.clone()).into());
        }
        let options = ImportOptions {
            source: &arguments.from,
            limits: &config.database.limits,
            names: &arguments.names,
            run: arguments.run,
            batch: arguments.batch,
            create_wallets: arguments.create_wallets,
            remove_gone: arguments.remove_gone,
        };
        let mut printer = Printer {
            meter: Meter::new(),
            report: Report::new(&arguments.from, &target, OffsetDateTime::now_utc()),
            unwritten: None,
        };
        let imported = database.import(&options, &mut printer).await;
        let imported = imported.map_err(Stopped)?;
        if let Some(error) = printer.unwritten {
            return Err(error.into());
        }
        finished(&arguments, &imported, &printer.report)
    })
    .await
}

/// Prints and writes the result.
fn finished(
    arguments: &Arguments,
    imported: &Imported,
    report: &Report,
) -> Result<ExitCode, Box<dyn Error>> {
    for line in report.lines(arguments, imported) {
        output::line(line)?;
    }
    if let Some(file) = &arguments.report {
        report.write(arguments, imported, file)?;
        output::line(format_args!("The report is in {}.", file.display()))?;
    }
    Ok(if imported.is_equal() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
