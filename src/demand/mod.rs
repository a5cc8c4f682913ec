//! Demand: orders still to come, the backlog's run-off, and paths of what ships.

mod booking;
mod calibration;
mod consumption;
mod drivers;
mod forecast;
mod intake;
mod paths;
mod selection;
mod series;

pub use booking::{BookingCurve, Mix};
pub use calibration::{Calibration, SpreadError};
pub use consumption::consume;
pub use drivers::Candidate;
pub use forecast::{Forecast, Interval, Silence, quantile};
pub use intake::{Intake, QuarterRatio};
pub use paths::{Demand, Simulation};
pub use selection::{PastFits, Verdict};
