//! What `wafercast check` shows of every export.

use crate::run::Inputs;

/// What was read.
pub fn lines(_inputs: &Inputs) -> String {
    String::new()
}
