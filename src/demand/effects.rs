//! What drivers of the export add, weighed by evidence: the mean over models with one driver each and the model without any.
//!
//! A model says ln(actual / forecast) of a past quarter = constant + slope x driver, with a slope drawn from N(0, 0.3) per
//! standard deviation of the driver. Its weight is its prior times exp of its log evidence; all drivers together have a
//! prior of 0.3, so that many drivers without a meaning weigh no more than one.

use crate::domain::Month;
use crate::fit::slope_with_prior;
use crate::job::DriverEffect;
use crate::market::Scenario;

use super::drivers::Driver;
use super::origins::Past;
use super::posterior::Posterior;
use super::response::CELLS;

/// Prior weight of all drivers together.
pub(super) const ANY: f64 = 0.3;

/// Prior deviation of a slope, ln per standard deviation of the driver.
const SLOPE: f64 = 0.3;

/// Quarters that overlap as one: errors count so many times less, as for the response to the market. Counted four times less they
/// let in noise (docs/concepts/method.md).
const OVERLAP: f64 = 12.0;

/// Fewest past origins, one a quarter end, that say anything.
const LEAST_ORIGINS: usize = 8;

/// Largest log change that a driver makes, either way.
const MOST: f64 = 0.7;

/// What is known of one driver.
#[derive(Clone, Debug)]
pub struct Effect {
    /// Name of the driver.
    pub name: String,
    /// Weight of its model before and after the maker's own past.
    pub prior: f64,
    /// After; the rest is that of other drivers and of none.
    pub weight: f64,
    /// ln of intake per unit of the driver.
    pub slope: f64,
    /// Past quarters that it was measured on.
    pub n: usize,
    /// Its distance from its own mean at the as-of month, base scenario, first quarter.
    pub value: Option<f64>,
    /// Part of the log change of intake by scenario and quarter ahead.
    pub parts: [[f64; 4]; 3],
}

/// A driver's model before it is weighed.
struct Model {
    slope: f64,
    mean: f64,
    log_evidence: f64,
    n: usize,
}

/// Effects of every driver as of the end of a month; `any` is their prior weight together.
pub(super) fn effects(
    (drivers, any): (&[Driver], f64),
    past: &Past,
    posterior: &Posterior,
    as_of: Month,
) -> Vec<Effect> {
    let models: Vec<Option<Model>> =
        drivers.iter().map(|driver| model(driver, past, &posterior.weights, as_of)).collect();
    let prior = any / drivers.len().max(1) as f64;
    // Of the evidence only ratios count: the model without a driver has log evidence 0.
    let most = models.iter().flatten().map(|model| model.log_evidence).fold(0.0, f64::max);
    let raw = |model: &Option<Model>| {
        model.as_ref().map_or(prior * (-most).exp(), |model| prior * (model.log_evidence - most).exp())
    };
    let sum = (1.0 - any) * (-most).exp() + models.iter().map(raw).sum::<f64>();
    drivers
        .iter()
        .zip(&models)
        .map(|(driver, model)| {
            let weight = if drivers.is_empty() { 0.0 } else { raw(model) / sum };
            let part = |scenario: Scenario, quarter: usize| {
                let (Some(model), Some(value)) = (model, driver.in_scenario(as_of, scenario, quarter)) else {
                    return 0.0;
                };
                (weight * model.slope * (value - model.mean)).clamp(-MOST, MOST)
            };
            Effect {
                name: driver.name.clone(),
                prior,
                weight,
                slope: model.as_ref().map_or(0.0, |model| model.slope),
                n: model.as_ref().map_or(0, |model| model.n),
                value: driver.in_scenario(as_of, Scenario::Base, 0),
                parts: Scenario::ALL.map(|scenario| std::array::from_fn(|k| part(scenario, k))),
            }
        })
        .collect()
}

/// `None` where there is too little past, or the driver does not vary in it.
fn model(driver: &Driver, past: &Past, weights: &[f64; CELLS], as_of: Month) -> Option<Model> {
    let origins = past.known(as_of);
    let (mut values, mut errors) = (Vec::new(), Vec::new());
    for origin in origins {
        for (k, forecast) in origin.forecast.iter().enumerate() {
            if let Some(value) = driver.row(origin.month, k) {
                let forecast = forecast.iter().zip(weights).map(|(f, w)| f * w).sum();
                values.push(value);
                errors.push(origin.error(k, forecast));
            }
        }
    }
    let n = values.len();
    if n < 4 * LEAST_ORIGINS {
        return None;
    }
    let centre = |values: &mut Vec<f64>| {
        let mean = values.iter().sum::<f64>() / n as f64;
        values.iter_mut().for_each(|value| *value -= mean);
        (mean, (values.iter().map(|v| v * v).sum::<f64>() / n as f64).sqrt())
    };
    let (mean, deviation) = centre(&mut values);
    let (_, error) = centre(&mut errors);
    if deviation <= 1e-9 * mean.abs().max(1e-9) || error <= 0.0 {
        return None;
    }
    values.iter_mut().for_each(|value| *value /= deviation);
    let found = slope_with_prior(&values, &errors, error * OVERLAP.sqrt(), SLOPE).ok()?;
    let wrong = match driver.effect {
        DriverEffect::Any => false,
        DriverEffect::NotPositive => found.slope > 0.0,
        DriverEffect::NotNegative => found.slope < 0.0,
    };
    let (slope, log_evidence) = if wrong { (0.0, 0.0) } else { (found.slope, found.log_evidence) };
    Some(Model { slope: slope / deviation, mean, log_evidence, n })
}
