//! What a run is at, for people who wait for it: on a terminal only, nothing under cron.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::ProgressBar;

/// A line on stderr that names the stage at work and goes away at the end.
#[derive(Debug)]
pub struct Progress(ProgressBar);

impl Progress {
    /// Shown when stderr is a terminal and `wanted`.
    pub fn new(wanted: bool) -> Self {
        if !(wanted && std::io::stderr().is_terminal()) {
            return Self(ProgressBar::hidden());
        }
        let bar = ProgressBar::new_spinner();
        bar.enable_steady_tick(Duration::from_millis(100));
        Self(bar)
    }

    /// Says which stage is at work.
    pub fn stage(&self, name: &str) {
        self.0.set_message(name.to_owned());
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
