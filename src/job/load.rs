//! Reading the job file.

use std::path::Path;

use sha2::{Digest, Sha256};

use crate::error::Error;

use super::check_catalogue::check_catalogue;
use super::check_exports::check_exports;
use super::check_factory::check_factory;
use super::check_mining::check_mining;
use super::check_sections::check_sections;
use super::file::File;
use super::ids::{ChipId, ModelId};
use super::problems::{EXAMPLE, Problems};
use super::products::{Catalogue, Model};
use super::sections::Job;
use super::unreadable::unreadable;

impl Job {
    /// Reads and checks a job file.
    ///
    /// # Errors
    /// [`Error::Job`] with the file, the lines and what was expected: every missing key, or everything that contradicts.
    pub fn load(path: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path).map_err(|e| {
            Error::Job(format!(
                "cannot read the job file {}: {e}\nhint: give the path of a job, for example jobs/quarterly.toml",
                path.display()
            ))
        })?;
        Self::parse(&text, path)
    }

    /// Checks the text of a job file; `path` is where it came from.
    ///
    /// # Errors
    /// As [`Job::load`].
    pub fn parse(text: &str, path: &Path) -> Result<Self, Error> {
        let mut file: File = match toml::from_str(text) {
            Ok(file) => file,
            Err(error) => return Err(unreadable(&error, text, path)),
        };
        let mut problems = Problems::new(text, path);
        check_catalogue(&file, &mut problems);
        check_mining(&file, &mut problems);
        check_sections(&file, &mut problems);
        check_factory(&file, &mut problems);
        check_exports(&file, &mut problems);
        problems.report(EXAMPLE)?;
        file.exports.in_year(file.job.fiscal_year_starts);
        let index = |m: &Model| file.chips.iter().position(|c| c.name() == m.chip).unwrap_or(0);
        let chip_of_model = file.models.iter().map(index).map(ChipId).collect();
        let named = |name: &String| file.models.iter().position(|m| m.name() == name).map(ModelId);
        let predecessors = file.models.iter().map(|m| m.predecessor.as_ref().and_then(named)).collect();
        Ok(Self {
            path: path.to_owned(),
            sha256: format!("{:x}", Sha256::digest(text)),
            text: text.to_owned(),
            run: file.job,
            exports: file.exports,
            reading: file.reading,
            checks: file.checks,
            plausibility: file.plausibility,
            reconciliation: file.reconciliation,
            market: file.market,
            demand: file.demand,
            drivers: file.drivers,
            scenarios: file.scenarios,
            wafers: file.wafers,
            spares: file.spares,
            assumptions: file.assumptions,
            factory: file.factory,
            parts: file.parts,
            cash: file.cash,
            budget: file.budget,
            policy: file.policy,
            pricing: file.pricing,
            mining: file.mining,
            output: file.output,
            catalogue: Catalogue {
                models: file.models,
                chips: file.chips,
                foundries: file.foundries,
                chip_of_model,
                predecessors,
            },
        })
    }
}
