//! Demand: orders still to come, the backlog's run-off, and paths of what ships.

mod booking;
mod calibration;
mod consumption;
mod drivers;
mod forecast;
mod intake;
mod paths;

pub use booking::{BookingCurve, Mix};
pub use calibration::{Calibration, SpreadError};
pub use consumption::consume;
pub use drivers::Driver;
pub use forecast::{Forecast, Interval, quantile};
pub use intake::{Intake, PastFits, QuarterRatio};
pub use paths::{Demand, Simulation};
