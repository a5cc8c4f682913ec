//! Demand: orders still to come, the backlog's run-off, and paths of what ships.

mod booking;
mod calibration;
mod channel;
mod consumption;
mod drivers;
mod effects;
mod forecast;
mod growth;
mod intake;
mod leaving;
mod levels;
mod origins;
mod past;
mod paths;
mod posterior;
mod response;
mod rounding;
mod run_off;
mod series;
mod simulation;

pub use booking::{LeadTimes, Mix};
pub use calibration::{Calibration, SpreadError};
pub use channel::CHANNEL_COVER;
pub use consumption::consume;
pub use drivers::Driver;
pub use effects::Effect;
pub use forecast::{Forecast, Interval, Silence};
pub use intake::Intake;
pub use leaving::Leaving;
pub use past::PastOrigins;
pub use paths::Demand;
pub use posterior::Posterior;
pub use response::{ANSWERS, Answer, CELLS, ELASTICITIES, Gap, Selling};
pub use rounding::quantile;
pub(crate) use rounding::whole;
pub use simulation::Simulation;
