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

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    use crate::demand::drivers::driver;
    use crate::demand::origins::Origin;
    use crate::demand::response::Selling;
    use crate::ingest::DriverValue;
    use crate::job::DriverKind;

    fn month(text: &str) -> Month {
        text.parse().unwrap()
    }

    /// A driver that is 12 and 8 in turn, quarter by quarter, 12 in the first of twelve past origins, whose year so far is always 10 in the
    /// mean: 2 above it or below. Intake came e^0.3 times as forecast after 12 and e^-0.3 times after 8.
    pub(in crate::demand) fn swinging(effect: DriverEffect, sign: f64) -> (Driver, Past, Posterior) {
        let (first, last) = (month("2018-01"), month("2023-12"));
        let zero = month("2020-03").index() / 3;
        let even = |of: Month| (of.index() / 3 - zero).rem_euclid(2) == 0;
        let rows: Vec<DriverValue> = first
            .to(last)
            .map(|of| DriverValue {
                date: of.first_day(),
                published_on: None,
                scenario: None,
                value: if even(of) { 12.0 } else { 8.0 },
            })
            .collect();
        let origins = (0..12).map(|quarter| {
            let month = month("2020-03") + 3 * quarter;
            let error = sign * if even(month) { 0.3_f64 } else { -0.3 };
            Origin { month, forecast: [[100.0; CELLS]; 4], actual: [100.0 * error.exp(); 4], cushion: 0.0 }
        });
        let past = Past { origins: origins.collect(), sums: Vec::new() };
        let weights = [1.0 / CELLS as f64; CELLS];
        let posterior = Posterior { selling: Selling::Ahead, prior: weights, weights, n: 12 };
        (driver("D", DriverKind::LagOnly, effect, &rows, (first, last)), past, posterior)
    }

    /// 48 errors of 0.3 count as 4: slope 48 x 0.3 / (48 + 12 x 0.09 / 0.09) = 0.24 a deviation of 2. Its evidence is e^(0.5 x 14.4^2 /
    /// (1.08 x 60)) / 5^0.5 = e^1.6 / 5^0.5, and its weight 0.3 of that over itself and the 0.7 of no driver. In December 2023 it is 8.
    #[test]
    fn a_driver_that_was_right_has_its_slope_and_weight_by_hand() {
        let (driver, past, posterior) = swinging(DriverEffect::Any, 1.0);
        let found = effects((&[driver], ANY), &past, &posterior, month("2023-12"));
        let [effect] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((effect.n, effect.prior, effect.value), (48, 0.3, Some(-2.0)));
        let evidence = 1.6_f64.exp() / 5.0_f64.sqrt();
        let weight = 0.3 * evidence / (0.7 + 0.3 * evidence);
        for (found, expected) in [
            (effect.slope, 0.12),
            (effect.weight, weight),
            (effect.parts[1][0], -0.24 * weight),
            (effect.parts[2][3], -0.24 * weight),
        ] {
            assert!((found - expected).abs() < 1e-9, "{found} {expected}");
        }
        // A year earlier eight origins are known.
        let (driver, past, posterior) = swinging(DriverEffect::Any, 1.0);
        assert_eq!(effects((&[driver], ANY), &past, &posterior, month("2022-12"))[0].n, 32);
    }

    #[test]
    fn a_driver_of_the_wrong_sign_moves_nothing() {
        let (driver, past, posterior) = swinging(DriverEffect::NotPositive, 1.0);
        let found = effects((&[driver], ANY), &past, &posterior, month("2023-12"));
        assert_eq!((found[0].slope, found[0].parts, found[0].n), (0.0, [[0.0; 4]; 3], 48));
        // Without evidence for or against, a driver has its prior weight.
        assert!((found[0].weight - 0.3).abs() < 1e-12);
    }

    /// All forecasts 1.65 times too low, and forecasts of responses that have no weight far off: what the driver explains is the same.
    #[test]
    fn what_is_wrong_at_all_times_is_no_effect_of_a_driver() {
        let (driver, mut past, mut posterior) = swinging(DriverEffect::Any, 1.0);
        posterior.weights = [0.0; CELLS];
        posterior.weights[0] = 1.0;
        for (index, origin) in past.origins.iter_mut().enumerate() {
            origin.actual.iter_mut().for_each(|th| *th *= 0.5_f64.exp());
            origin.forecast.iter_mut().for_each(|cells| cells[1..].fill(10.0 * (1 + index * index) as f64));
        }
        let found = effects((&[driver], ANY), &past, &posterior, month("2023-12"));
        assert!((found[0].slope - 0.12).abs() < 1e-9 && found[0].n == 48, "{found:?}");
    }

    /// Beside it a driver without a past: each has half of the prior, and the second weighs as much as no driver for the same prior.
    #[test]
    fn a_driver_without_a_past_keeps_its_prior_against_none() {
        let (known, past, posterior) = swinging(DriverEffect::Any, 1.0);
        let value = DriverValue {
            date: month("2023-12").first_day(),
            published_on: None,
            scenario: None,
            value: 5.0,
        };
        let months = (month("2018-01"), month("2023-12"));
        let new = driver("E", DriverKind::LagOnly, DriverEffect::Any, &[value], months);
        let found = effects((&[known, new], ANY), &past, &posterior, month("2023-12"));
        let evidence = 1.6_f64.exp() / 5.0_f64.sqrt();
        let sum = 0.7 + 0.15 * evidence + 0.15;
        assert!((found[0].weight - 0.15 * evidence / sum).abs() < 1e-9, "{found:?}");
        assert!((found[1].weight - 0.15 / sum).abs() < 1e-9, "{found:?}");
        assert_eq!((found[1].n, found[1].slope, found[1].parts), (0, 0.0, [[0.0; 4]; 3]));
    }
}
