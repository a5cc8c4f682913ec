//! A column from others.

use crate::diagnostic::Code;
use crate::job::Compute;

use super::decimal::Decimal;
use super::frame::{Frame, builder};
use super::hand::Hand;
use super::{months, shares};

/// Computes a column; one of its name is replaced.
pub(super) fn column(hand: &mut Hand<'_>, step: &Compute, mut frame: Frame) -> Frame {
    let own = match frame.places(&step.column).as_slice() {
        [] => None,
        [one] => Some(*one),
        _ => {
            hand.find(&frame, &step.column);
            return frame;
        }
    };
    let (list, in_order) = if step.fill.is_empty() { (&step.share, false) } else { (&step.fill, true) };
    if !list.is_empty() {
        let Some(places) = hand.find_all(&frame, list) else { return frame };
        if let Some(cells) = shares::of_total(hand, &frame, &places, in_order) {
            frame.set(own, &step.column, cells);
        }
        return frame;
    }
    if !step.convert.is_empty() {
        return convert(hand, step, frame);
    }
    let lists = [
        &step.subtract,
        &step.add,
        &step.first_filled,
        &step.multiply,
        &step.divide,
        &step.price_per_th,
        &step.months,
        &step.status,
    ];
    let mut names: Vec<String> = lists.into_iter().flatten().cloned().collect();
    names.extend(step.last_day.iter().chain(&step.month).cloned());
    let Some(places) = hand.find_all(&frame, &names) else { return frame };
    let mut cells = builder(frame.height());
    for row in 0..frame.height() {
        let value = value(hand, step, &frame, &places, row);
        cells.push(value.unwrap_or_default());
    }
    frame.set(own, &step.column, cells);
    frame
}

/// The value of one row; empty where what it is made of is.
fn value(hand: &mut Hand<'_>, step: &Compute, frame: &Frame, places: &[usize], row: usize) -> Option<String> {
    if !step.first_filled.is_empty() {
        let filled = places.iter().find_map(|place| hand.text(frame, *place, row));
        return filled.map(str::to_owned);
    }
    if !step.months.is_empty() {
        return count_of_months(hand, frame, places, row);
    }
    if !step.status.is_empty() {
        return status(hand, frame, places, row);
    }
    if step.last_day.is_some() || step.month.is_some() {
        let month = month(hand, frame, *places.first()?, row)?;
        let day = step.last_day.is_some().then_some(crate::job::DayOfMonth::Last);
        return Some(months::written(month, day));
    }
    let result = if !step.subtract.is_empty() || !step.add.is_empty() {
        sum(hand, frame, (places, row), !step.subtract.is_empty())?
    } else if !step.multiply.is_empty() || !step.divide.is_empty() {
        let [one, other] = places else { return None };
        let (one, by) = (hand.number(frame, *one, row)??, hand.number(frame, *other, row)??);
        let result = if step.divide.is_empty() { one.times(by) } else { one.over(by) };
        if result.is_none() {
            let reason = if by.is_zero() { "cannot be divided by" } else { "gives too large a number" };
            hand.refuse(Code::BadNumber, frame, row, *other, reason.to_owned());
        }
        result?
    } else if !step.price_per_th.is_empty() {
        let [price, model] = places else { return None };
        let per_th = hand.number(frame, *price, row)??;
        let name = hand.text(frame, *model, row)?;
        let Some(hashrate) = hand.world.hashrate_th(name) else {
            hand.refuse(Code::UnknownModel, frame, row, *model, "is not a model of the job".to_owned());
            return None;
        };
        per_th.times(Decimal::of(hashrate)?)?
    } else {
        return None;
    };
    Some(hand.written(result))
}

/// Brings amounts to USD by the currency of their row.
fn convert(hand: &mut Hand<'_>, step: &Compute, mut frame: Frame) -> Frame {
    let Some(currency) = hand.find(&frame, &step.column) else { return frame };
    let Some(amounts) = hand.find_all(&frame, &step.convert) else { return frame };
    let mut rates = Vec::with_capacity(frame.height());
    let mut said = builder(frame.height());
    for row in 0..frame.height() {
        let name = hand.text(&frame, currency, row).map(str::to_owned);
        let filled = amounts.iter().any(|index| hand.text(&frame, *index, row).is_some());
        let known =
            name.as_deref().and_then(|name| step.rates.iter().find(|(known, _)| known.trim() == name));
        let rate = match (known, name.as_deref()) {
            (Some((_, rate)), _) => Decimal::of(*rate),
            (None, Some(name)) if name.eq_ignore_ascii_case("USD") => Decimal::of(1.0),
            _ if !filled => None,
            _ => {
                let known: Vec<&str> = step.rates.keys().map(String::as_str).collect();
                let reason = format!("is no currency with a rate (rates: {})", known.join(", "));
                hand.refuse(Code::OtherCurrency, &frame, row, currency, reason);
                None
            }
        };
        said.push(if filled { "USD" } else { frame.cell(currency, row) });
        rates.push(rate);
    }
    for index in amounts {
        let mut cells = builder(frame.height());
        for (row, rate) in rates.iter().enumerate() {
            let amount = hand.number(&frame, index, row).flatten();
            let usd = amount.zip(*rate).and_then(|(amount, rate)| amount.times(rate));
            cells.push(usd.map(|usd| hand.written(usd)).unwrap_or_default());
        }
        frame.set(Some(index), "", cells);
    }
    frame.set(Some(currency), "", said);
    frame
}

/// The first minus all others, or all added up.
fn sum(hand: &mut Hand<'_>, frame: &Frame, (places, row): (&[usize], usize), minus: bool) -> Option<Decimal> {
    let mut total: Option<Decimal> = None;
    for (at, index) in places.iter().enumerate() {
        let number = hand.number(frame, *index, row)?;
        let Some(number) = number else { continue };
        let before = total.unwrap_or(Decimal::ZERO);
        total = if minus && at > 0 { before.minus(number) } else { before.plus(number) };
    }
    if minus && total.is_some_and(Decimal::is_negative) {
        let others: Vec<&str> = places.iter().skip(1).map(|index| frame.header(*index)).collect();
        let reason = format!("is less than {}: what is left must not be below 0", others.join(" and "));
        hand.refuse(Code::BadNumber, frame, row, *places.first()?, reason);
        return None;
    }
    total
}

/// A cell as a month; `None` where it is empty, or none, which is reported.
fn month(hand: &mut Hand<'_>, frame: &Frame, place: usize, row: usize) -> Option<crate::domain::Month> {
    let text = hand.text(frame, place, row)?;
    match hand.world.month(frame.header(place), text) {
        Ok(month) => Some(month),
        Err(reason) => {
            hand.refuse(Code::BadMonth, frame, row, place, reason);
            None
        }
    }
}

/// Months from the first to the last, both counted.
fn count_of_months(hand: &mut Hand<'_>, frame: &Frame, places: &[usize], row: usize) -> Option<String> {
    let [first, last] = places else { return None };
    let (from, to) = (month(hand, frame, *first, row), month(hand, frame, *last, row));
    let count = to? - from? + 1;
    if count < 1 {
        let reason = format!("is before `{}`, {}", frame.header(*first), frame.cell(*first, row).trim());
        hand.refuse(Code::Contradiction, frame, row, *last, reason);
        return None;
    }
    Some(count.to_string())
}

/// The state of an order: cancelled where a day of it is given, or where what was not delivered was cancelled; completed where
/// all is delivered; else open.
fn status(hand: &mut Hand<'_>, frame: &Frame, places: &[usize], row: usize) -> Option<String> {
    let (ordered, delivered) =
        (hand.number(frame, *places.first()?, row)??, hand.number(frame, *places.get(1)?, row)?);
    let delivered = delivered.unwrap_or(Decimal::ZERO);
    let cancelled = match places.get(2) {
        None => false,
        Some(place) => match hand.text(frame, *place, row) {
            None => false,
            Some(text) => match hand.world.number(text).ok().and_then(Decimal::of) {
                // A day, when it is no quantity.
                None => true,
                Some(number) => {
                    !number.is_zero() && number.plus(delivered).is_some_and(|gone| !gone.less_than(ordered))
                }
            },
        },
    };
    let word = if cancelled {
        "cancelled"
    } else if delivered.less_than(ordered) {
        "open"
    } else {
        "completed"
    };
    Some(word.to_owned())
}
