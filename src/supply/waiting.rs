//! Who gets the machines that ship: open order lines by a declared priority, firm ones before those
//! that are not secured, both before forecast, and what each is built
//! from. Who gets none in the promised month waits.
//!
//! Machines that ship are those of the allocation, no more and no fewer: here they are only handed out. On every month they
//! go to the lines that are due and have waited or fall due, in their priority; what is left goes to orders still to come.

use std::collections::VecDeque;

use chrono::NaiveDate;

use crate::domain::{Month, Usd};
use crate::ingest::{OpenLine, Standing, Supply};
use crate::job::{Job, Priority};
use crate::market::HORIZON;

use super::allocation::Allocation;
use super::committed::Committed;
use super::pegging::Source;
use super::plan::ProposedOrder;
use super::shipping::Shipping;

/// Machines of one promised month of an order line, or for orders still to come, that ship in one month from one source.
#[derive(Clone, PartialEq, Debug)]
pub struct Waiting<'a> {
    /// The line; `None` for orders still to come.
    pub line: Option<&'a OpenLine>,
    /// Whether its contract counts; `None` for orders still to come.
    pub standing: Option<Standing>,
    /// Place of the model in the job's list.
    pub model: usize,
    /// Month in which the contract has them; `None` for orders still to come.
    pub promised: Option<Month>,
    /// Month ahead in which they ship; `None`: not within the horizon.
    pub ships: Option<usize>,
    /// Month ahead by which all of the line's promised month has shipped on a path that four of five simulated paths reach; `None`:
    /// not within the horizon, or supply is not known.
    pub ships_at_80: Option<usize>,
    /// What they come from; `None` where supply is not known.
    pub source: Option<Source>,
    /// Day on which the chips of an open or proposed order are in hand.
    pub in_hand: Option<NaiveDate>,
    /// Whether they wait for the factory, and not for chips, at the end of the month before they ship; `None` where they are in time, for
    /// orders still to come, and where nothing limits the factory.
    pub for_assembly: Option<bool>,
    /// Machines.
    pub machines: i64,
}

/// What is promised of a line for one month.
struct Batch<'a> {
    line: &'a OpenLine,
    standing: Standing,
    promised: Month,
    /// First month ahead in which it may ship.
    from: usize,
    machines: i64,
}

/// What the hand-out rests on.
#[derive(Clone, Copy, Debug)]
pub struct Shipments<'a> {
    /// What ships, base scenario.
    pub allocation: &'a Allocation,
    /// What ships on the paths; `None` where supply is not known.
    pub shipping: Option<&'a Shipping>,
    /// Committed supply.
    pub committed: &'a Committed,
    /// The supply position.
    pub supply: &'a Supply,
    /// Proposed orders, base scenario.
    pub orders: &'a [ProposedOrder],
    /// List price of each model, which judges contracts without a price.
    pub list: &'a [Option<Usd>],
}

/// Machines of a model and month by what they come from, in the order in which they are used.
type Portions = VecDeque<(Source, i64)>;

/// Machines shipped by batch: month ahead and how many.
type Served = Vec<Vec<(usize, i64)>>;

/// Hands out the machines that ship in every month of the horizon. Machines promised for later months are left out.
pub fn who_waits<'a>(
    lines: &'a [OpenLine],
    of: &Shipments<'_>,
    (job, as_of): (&Job, Month),
) -> Vec<Waiting<'a>> {
    let sources = sources(of, job, as_of);
    let mut found = Vec::new();
    for model in 0..job.catalogue.models.len() {
        let batches = batches(lines, model, of, (job, as_of));
        let (served, rest) = hand_out(&batches, &of.allocation.constrained[model]);
        let held = of.committed.assembly.as_ref().map(|_| &of.allocation.held_back[model]);
        let for_assembly = held.map(|held| waits_for_assembly(&batches, &served, held));
        let at_80 = of.shipping.map(|shipping| hand_out(&batches, &reached(shipping, model)).0);
        // What a month ships from is used up in the order of the priority.
        let mut left = sources.as_ref().map(|sources| sources[model].clone());
        let mut add = |batch: Option<usize>, ships: Option<usize>, machines: i64| {
            let from = match (&mut left, ships) {
                (Some(left), Some(h)) => portions(&mut left[h], machines),
                (Some(_), None) => vec![(Some(Source::None), machines)],
                (None, _) => vec![(None, machines)],
            };
            for (source, machines) in from {
                let in_hand = source.and_then(|source| in_hand(source, model, of, (job, as_of)));
                let batch_of = batch.map(|index| &batches[index]);
                // The paths know no limit where new orders can ship: they are never ahead of the base path.
                let all_at_80 = batch.zip(at_80.as_ref()).and_then(|(index, at_80)| {
                    let batch = &batches[index];
                    Some(whole(batch, &at_80[index])?.max(whole(batch, &served[index])?))
                });
                found.push(Waiting {
                    line: batch_of.map(|batch| batch.line),
                    standing: batch_of.map(|batch| batch.standing),
                    model,
                    promised: batch_of.map(|batch| batch.promised),
                    ships,
                    ships_at_80: all_at_80,
                    source,
                    in_hand,
                    for_assembly: batch.zip(for_assembly.as_ref()).and_then(|(index, waits)| {
                        let before = ships.unwrap_or(HORIZON).checked_sub(1)?;
                        (before >= batches[index].from).then(|| waits[index][before])
                    }),
                    machines,
                });
            }
        };
        for h in 0..HORIZON {
            for (index, months) in served.iter().enumerate() {
                for (_, machines) in months.iter().filter(|(month, _)| *month == h) {
                    add(Some(index), Some(h), *machines);
                }
            }
            if rest[h] > 0 {
                add(None, Some(h), rest[h]);
            }
        }
        for (index, batch) in batches.iter().enumerate() {
            let shipped: i64 = served[index].iter().map(|(_, machines)| machines).sum();
            if batch.machines > shipped {
                add(Some(index), None, batch.machines - shipped);
            }
        }
    }
    found
}

/// What is promised of a model within the horizon or was before: firm contracts first, among them by the job's priority.
fn batches<'a>(
    lines: &'a [OpenLine],
    model: usize,
    of: &Shipments<'_>,
    (job, as_of): (&Job, Month),
) -> Vec<Batch<'a>> {
    let of_model = lines.iter().filter(|line| line.model.0 == model);
    let mut batches: Vec<Batch<'a>> = of_model
        .flat_map(|line| {
            line.due.iter().map(move |(promised, machines)| (line, *promised, i64::from(*machines)))
        })
        .filter_map(|(line, promised, machines)| {
            let ahead =
                usize::try_from((promised - as_of - 1).max(0)).ok().filter(|ahead| *ahead < HORIZON)?;
            let standing = line.standing.by_list(of.list[model], line.segment, &job.policy);
            let from = ahead.max(of.committed.ships[model].start);
            Some(Batch { line, standing, promised, from, machines })
        })
        .collect();
    let received = |line: &OpenLine| line.received.unwrap_or(0.0);
    batches.sort_by(|a, b| {
        let declared = job.policy.priority.iter().map(|by| match by {
            Priority::Date => a.promised.cmp(&b.promised),
            Priority::Segment => a.line.segment.cmp(&b.line.segment),
            Priority::Deposit => received(b.line).total_cmp(&received(a.line)),
        });
        let usual = [
            a.promised.cmp(&b.promised),
            a.line.signed.cmp(&b.line.signed),
            a.line.order.cmp(&b.line.order),
            a.line.line.cmp(&b.line.line),
        ];
        let firm = b.standing.is_firm().cmp(&a.standing.is_firm());
        std::iter::once(firm)
            .chain(declared)
            .chain(usual)
            .fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then)
    });
    batches
}

/// Serves batches in their order from what ships each month; returns what each gets and what is left of every month.
fn hand_out(batches: &[Batch<'_>], ships: &[i64; HORIZON]) -> (Served, [i64; HORIZON]) {
    let mut open: Vec<i64> = batches.iter().map(|batch| batch.machines).collect();
    let mut served = vec![Vec::new(); batches.len()];
    let rest = std::array::from_fn(|h| {
        let mut rest = ships[h];
        let due = batches.iter().enumerate().filter(|(_, batch)| batch.from <= h);
        for (index, _) in due {
            let taken = open[index].min(rest).max(0);
            if taken > 0 {
                open[index] -= taken;
                rest -= taken;
                served[index].push((h, taken));
            }
        }
        rest
    });
    (served, rest)
}

/// Whether a batch waits for the factory at the end of each month: those who are next to be served, as many as it holds back; the others wait for
/// chips.
fn waits_for_assembly(batches: &[Batch<'_>], served: &Served, held: &[i64; HORIZON]) -> Vec<[bool; HORIZON]> {
    let mut open: Vec<i64> = batches.iter().map(|batch| batch.machines).collect();
    let mut found = vec![[false; HORIZON]; batches.len()];
    for (h, held) in held.iter().enumerate() {
        let mut left = *held;
        for (index, _) in batches.iter().enumerate().filter(|(_, batch)| batch.from <= h) {
            let shipped = served[index].iter().filter(|(month, _)| *month == h).map(|(_, n)| n);
            open[index] -= shipped.sum::<i64>();
            found[index][h] = left > 0;
            left -= open[index];
        }
    }
    found
}

/// A path of shipments that four of five simulated paths have reached by every month: the 20th percentile of what has shipped
/// by then.
fn reached(shipping: &Shipping, model: usize) -> [i64; HORIZON] {
    let by = shipping.reached(model);
    std::array::from_fn(|h| by[h] - h.checked_sub(1).map_or(0, |before| by[before]))
}

/// The last month of a batch that is served whole.
fn whole(batch: &Batch<'_>, served: &[(usize, i64)]) -> Option<usize> {
    let shipped: i64 = served.iter().map(|(_, machines)| machines).sum();
    served.last().filter(|_| shipped == batch.machines).map(|(h, _)| *h)
}

/// What the machines of every model and month are built from: machines on hand first, then chips, what came first first.
/// `None` where supply is not known.
fn sources(of: &Shipments<'_>, job: &Job, as_of: Month) -> Option<Vec<Vec<Portions>>> {
    let committed = of.committed;
    let mut all = vec![vec![VecDeque::new(); HORIZON]; job.catalogue.models.len()];
    for chip in job.catalogue.chip_ids().filter(|_| committed.known) {
        let mut lots: VecDeque<(Source, f64)> = VecDeque::new();
        for h in 0..HORIZON {
            lots.push_back((Source::ChipsOnHand, committed.on_hand[chip][h]));
            lots.push_back((Source::OnOrder(h), committed.on_order[chip][h]));
            let proposed = of.orders.iter().enumerate();
            let proposed = proposed.filter(|(_, order)| order.chip == chip && order.ahead(as_of) == h);
            lots.extend(proposed.map(|(place, order)| (Source::Proposed(place), order.good_chips())));
            let drawn = of.allocation.chips[chip][h].fleet;
            take(&mut lots, drawn);
            for model in job.catalogue.models_of(chip) {
                let flow = of.allocation.machines[model][h];
                let cell = &mut all[model][h];
                cell.push_back((Source::MachinesOnHand, flow.start - flow.end));
                built(&mut lots, flow.built, committed.per_machine(model), cell);
            }
        }
    }
    committed.known.then_some(all)
}

/// Takes chips for machines in the field from the first lots.
fn take(lots: &mut VecDeque<(Source, f64)>, chips: f64) {
    let mut wanted = chips;
    while wanted > 1e-6
        && let Some((_, there)) = lots.front_mut()
    {
        let taken = wanted.min(*there);
        wanted -= taken;
        *there -= taken;
        if *there <= 1e-6 {
            lots.pop_front();
        }
    }
}

/// Takes the chips of so many machines from the first lots: each machine is of the lot that has its last chip.
fn built(lots: &mut VecDeque<(Source, f64)>, machines: i64, per_machine: f64, cell: &mut Portions) {
    let (mut taken, mut done) = (0.0, 0);
    let mut last = Source::ChipsOnHand;
    while done < machines {
        let Some((source, chips)) = lots.front_mut() else { break };
        last = *source;
        let more = chips.min(machines as f64 * per_machine - taken);
        taken += more;
        *chips -= more;
        let complete = ((taken / per_machine + 1e-6).floor() as i64).min(machines);
        cell.push_back((*source, complete - done));
        done = complete;
        if *chips <= 1e-6 {
            lots.pop_front();
        }
    }
    // Rounding errors of the last chip.
    cell.push_back((last, machines - done));
}

/// So many machines from the first sources of a month.
fn portions(left: &mut Portions, machines: i64) -> Vec<(Option<Source>, i64)> {
    let mut wanted = machines;
    let mut found: Vec<(Option<Source>, i64)> = Vec::new();
    while let Some((source, there)) = left.front_mut().filter(|_| wanted > 0) {
        let taken = wanted.min(*there);
        wanted -= taken;
        *there -= taken;
        match found.iter_mut().find(|(known, _)| *known == Some(*source)) {
            Some((_, machines)) => *machines += taken,
            None if taken > 0 => found.push((Some(*source), taken)),
            None => {}
        }
        if *there == 0 {
            left.pop_front();
        }
    }
    if wanted > 0 {
        found.push((None, wanted));
    }
    found
}

/// Day on which the chips of an order are in hand; of several open orders that first can ship in the month, the first.
fn in_hand(
    source: Source,
    model: usize,
    of: &Shipments<'_>,
    (job, as_of): (&Job, Month),
) -> Option<NaiveDate> {
    match source {
        Source::OnOrder(h) => {
            let assembly = job.wafers.assembly_months.cast_signed();
            let of_chip =
                of.supply.on_order().filter(|order| job.catalogue.models_of(order.chip).contains(&model));
            let ahead = |due: NaiveDate| (Month::of(due) + assembly - as_of - 1).max(0);
            of_chip
                .map(|order| order.due)
                .filter(|due| usize::try_from(ahead(*due)).is_ok_and(|a| a == h))
                .min()
        }
        Source::Proposed(place) => of.orders.get(place).map(|order| order.wafer_out.last_day()),
        Source::MachinesOnHand | Source::ChipsOnHand | Source::None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line of order A, machines due in these months.
    fn line_due(due: Vec<(Month, u32)>) -> OpenLine {
        OpenLine {
            order: "A".into(),
            line: "".into(),
            customer: "C".into(),
            segment: Segment::Retail,
            model: ModelId(0),
            signed: "2025-06-10".parse().unwrap(),
            standing: Standing::Secured,
            received: None,
            due,
        }
    }

    use crate::ingest::Segment;
    use crate::job::ModelId;
    use crate::supply::{ChipsPerMachine, Claims};

    /// What is promised for the last of the twelve months may ship in it, what is promised after it in none of them; what was promised
    /// before is due at once, and nothing before the model ships.
    #[test]
    fn what_is_promised_after_the_twelve_months_does_not_wait_in_them() {
        let text = include_str!("../../fixtures/miniature/job.toml");
        let job = Job::parse(text, std::path::Path::new("job.toml")).unwrap();
        let ships = 2..HORIZON;
        let committed = Committed {
            known: true,
            machines: vec![0],
            on_hand: vec![[0.0; HORIZON]],
            on_order: vec![[0.0; HORIZON]],
            wafers: vec![[0; HORIZON]],
            fleet: vec![[0.0; HORIZON]],
            open_from: vec![4],
            chips_per_machine: vec![ChipsPerMachine::new(64, 0.0, crate::domain::Share::ZERO)],
            ships: vec![ships],
            assembly: None,
            claims: Claims::default(),
        };
        let month = |text: &str| text.parse::<Month>().unwrap();
        let line = line_due(
            ["2025-08", "2025-11", "2026-09", "2026-10"].map(month).into_iter().zip([1, 2, 3, 4]).collect(),
        );
        let lines = [line];
        let none = [[0; HORIZON]];
        let of = Shipments {
            allocation: &crate::supply::allocate(&committed, &[[0.0; HORIZON]], &none, 0.0, &job.catalogue),
            shipping: None,
            committed: &committed,
            supply: &Supply::default(),
            orders: &[],
            list: &[None],
        };
        let found = batches(&lines, 0, &of, (&job, month("2025-09")));
        let found: Vec<(usize, i64)> = found.iter().map(|batch| (batch.from, batch.machines)).collect();
        assert_eq!(found, [(2, 1), (2, 2), (11, 3)]);
    }

    /// Four machines of 64 chips take 256: 100 in stock complete one, 156 of the 200 on order the other three. The next machine has its
    /// last chip nowhere and counts with the last lot.
    #[test]
    fn machines_are_of_the_lot_that_completes_them() {
        let (stock, order) = (Source::ChipsOnHand, Source::OnOrder(3));
        let mut lots = VecDeque::from([(stock, 100.0), (order, 200.0)]);
        let mut cell = Portions::new();
        built(&mut lots, 4, 64.0, &mut cell);
        assert_eq!(cell, [(stock, 1), (order, 3), (order, 0)]);
        assert_eq!(lots, [(order, 44.0)]);
        assert_eq!(portions(&mut cell, 3), [(Some(stock), 1), (Some(order), 2)]);
        assert_eq!(portions(&mut cell, 2), [(Some(order), 1), (None, 1)]);
        assert!(cell.is_empty());
        built(&mut lots, 1, 64.0, &mut cell);
        assert_eq!((cell, lots.len()), (Portions::from([(order, 0), (order, 1)]), 0));
    }

    #[test]
    fn a_source_that_gives_nothing_is_not_named() {
        let mut left = Portions::from([(Source::MachinesOnHand, 0), (Source::OnOrder(1), 2)]);
        assert_eq!(portions(&mut left, 0), []);
        assert_eq!(portions(&mut left, 1), [(Some(Source::OnOrder(1)), 1)]);
        assert_eq!(left, [(Source::OnOrder(1), 1)]);
    }

    /// Of two lines of 5 and 10 machines none ships at first, then 5. The factory holds back five: those of the first line, and none of
    /// the second; one more is of the second.
    #[test]
    fn those_next_to_be_served_wait_for_the_factory() {
        let line = line_due(Vec::new());
        let batch = |machines, from| Batch {
            line: &line,
            standing: Standing::Secured,
            promised: "2025-10".parse().unwrap(),
            from,
            machines,
        };
        let batches = [batch(5, 0), batch(10, 0), batch(1, 3)];
        let mut ships = [0; HORIZON];
        ships[2] = 5;
        let (served, rest) = hand_out(&batches, &ships);
        assert_eq!(served, [vec![(2, 5)], vec![], vec![]]);
        assert_eq!(rest, [0; HORIZON]);
        let mut held = [0; HORIZON];
        (held[0], held[1], held[2], held[3]) = (5, 6, 3, 11);
        let waits = waits_for_assembly(&batches, &served, &held);
        let at = |h: usize| waits.iter().map(|months| months[h]).collect::<Vec<_>>();
        assert_eq!(at(0), [true, false, false]);
        assert_eq!(at(1), [true, true, false]);
        // The first line is served: nothing of it is open, and what is held back is of the second.
        assert_eq!(at(2), [true, true, false]);
        assert_eq!(at(3), [true, true, true]);
        assert_eq!(at(4), [false; 3]);
    }
}
