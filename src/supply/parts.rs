//! Parts of machines other than chips: what is there and comes, and by when more must be ordered.

use chrono::NaiveDate;

use crate::domain::Month;
use crate::job::{Job, Part};
use crate::market::HORIZON;

use super::allocation::Allocation;
use super::committed::Committed;

/// What is there and comes of a part.
#[derive(Clone, PartialEq, Debug)]
pub struct PartSupply {
    /// Pieces in a machine, by model.
    pub(super) per_machine: Vec<f64>,
    /// Pieces by the month ahead in which machines of them first can ship.
    pub(super) arrivals: [f64; HORIZON],
    /// First month ahead in which machines of an order placed now can ship; `HORIZON` or more: beyond it.
    pub(super) open_from: usize,
}

impl PartSupply {
    /// As chips are counted: what is in hand by the end of a month ships with the machines that leave assembly after it.
    pub(super) fn new(part: &Part, job: &Job, as_of: Month) -> Self {
        let assembly = job.wafers.assembly_months.cast_signed();
        let mut arrivals = [0.0; HORIZON];
        let mut add = |in_hand: Month, pieces: u32| {
            let ahead = usize::try_from((in_hand + assembly - as_of - 1).max(0)).unwrap_or(HORIZON);
            if let Some(cell) = arrivals.get_mut(ahead) {
                *cell += f64::from(pieces);
            }
        };
        add(as_of, part.stock);
        part.arriving().filter(|(month, _)| *month > as_of).for_each(|(month, pieces)| add(month, pieces));
        let pieces = |model: &crate::job::Model| part.per_machine.get(model.name()).copied().unwrap_or(0);
        Self {
            per_machine: job.catalogue.models.iter().map(|model| f64::from(pieces(model))).collect(),
            arrivals,
            open_from: usize::try_from(part.lead_months.months() + assembly).unwrap_or(HORIZON),
        }
    }

    /// Whether what is there and on order limits a month: from then on more can be ordered.
    pub(super) const fn limits(&self, h: usize) -> bool {
        h < self.open_from
    }

    /// Pieces there by each month, without end from the first that a new order can reach.
    pub(super) fn cumulative(&self) -> [f64; HORIZON] {
        let mut sum = 0.0;
        std::array::from_fn(|h| {
            sum += self.arrivals[h];
            if self.limits(h) { sum } else { f64::INFINITY }
        })
    }

    /// Cuts what could be built to what `left` pieces let build, in proportion, whole machines; what is left then goes to the first of them.
    pub(super) fn cut(&self, left: f64, builds: &mut [(usize, &mut i64)]) {
        let need = |builds: &[(usize, &mut i64)]| -> f64 {
            builds.iter().map(|(model, build)| **build as f64 * self.per_machine[*model]).sum()
        };
        let all = need(builds);
        if all <= left {
            return;
        }
        let wanted: Vec<i64> = builds.iter().map(|(_, build)| **build).collect();
        for (_, build) in builds.iter_mut().filter(|(model, _)| self.per_machine[*model] > 0.0) {
            **build = (**build as f64 * left / all).floor() as i64;
        }
        let mut rest = left - need(builds);
        for ((model, build), wanted) in builds.iter_mut().zip(wanted) {
            let per_machine = self.per_machine[*model];
            if per_machine > 0.0 {
                let more = ((rest / per_machine).floor() as i64).clamp(0, wanted - **build);
                **build += more;
                rest -= more as f64 * per_machine;
            }
        }
    }
}

/// What is missing of a part for the machines that chips let build, base scenario.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PartNeed {
    /// Place in the job's list.
    pub part: usize,
    /// Most pieces missing for a month that no order placed now can reach, and that month ahead.
    pub out_of_reach: Option<(i64, usize)>,
    /// First month ahead for which pieces are missing that can still be ordered, the last day to do so, and how many by then.
    pub to_order: Option<(usize, NaiveDate, i64)>,
    /// Pieces missing by the end of the twelve months.
    pub year: i64,
}

/// Parts of which something is missing.
pub fn part_needs(
    allocation: &Allocation,
    committed: &Committed,
    (job, as_of): (&Job, Month),
) -> Vec<PartNeed> {
    let parts = committed.assembly.iter().flat_map(|limits| &limits.parts).enumerate();
    parts
        .map(|(part, supply)| {
            let (mut built, mut there) = (0.0, 0.0);
            let missing: [i64; HORIZON] = std::array::from_fn(|h| {
                there += supply.arrivals[h];
                let mut waits = 0.0;
                for (model, per_machine) in supply.per_machine.iter().enumerate() {
                    built += allocation.machines[model][h].built as f64 * per_machine;
                    waits += allocation.held_back[model][h] as f64 * per_machine;
                }
                (built + waits - there).max(0.0).round() as i64
            });
            let reach = supply.open_from.min(HORIZON);
            let worst = (0..reach).max_by_key(|h| (missing[*h], std::cmp::Reverse(*h)));
            let assembly = job.wafers.assembly_months.cast_signed();
            let lead = job.parts[part].lead_months.months();
            let placed = |h: usize| ((as_of + 1).plus(h) - assembly - lead).last_day();
            let first = (reach..HORIZON).find(|h| missing[*h] > 0);
            PartNeed {
                part,
                out_of_reach: worst.map(|h| (missing[h], h)).filter(|(pieces, _)| *pieces > 0),
                to_order: first.map(|h| (h, placed(h), missing[h])),
                year: missing[HORIZON - 1],
            }
        })
        .filter(|need| need.out_of_reach.is_some() || need.to_order.is_some())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::Supply;
    use crate::supply::allocation::MachineFlow;

    /// Five machines a month are built, four more wait for the factory at the end of the sixth month. Assembly takes a month, so that pieces ordered
    /// now ship from the month after their lead time on.
    fn needs(parts: &str) -> Vec<PartNeed> {
        let text = format!("{}\n{parts}", include_str!("../../fixtures/miniature/job.toml"));
        let job = Job::parse(&text, std::path::Path::new("job.toml")).unwrap();
        let as_of: Month = "2025-09".parse().unwrap();
        let supply =
            Supply { machines: vec![0], chips: vec![0], dies: vec![0], known: true, ..Supply::default() };
        let committed = Committed::new(&supply, &job, as_of);
        let none = vec![[0; HORIZON]];
        let mut held_back = none.clone();
        held_back[0][5] = 4;
        let allocation = Allocation {
            supply: vec![[None; HORIZON]],
            constrained: none.clone(),
            short: none.clone(),
            waiting: none.clone(),
            lost: none,
            held_back,
            chips: Vec::new(),
            machines: vec![[MachineFlow { built: 5, ..MachineFlow::default() }; HORIZON]],
        };
        part_needs(&allocation, &committed, (&job, as_of))
    }

    fn part(stock: u32, arrivals: &str, lead: u32) -> String {
        format!(
            "[[parts]]\nname = \"PSU {stock}\"\nper_machine = {{ MINI = 2 }}\nstock = {stock}\narrivals = {{ {arrivals} }}\nlead_months = {lead}\n"
        )
    }

    #[test]
    fn pieces_missing_by_hand() {
        let day = |text: &str| text.parse().unwrap();
        // Two pieces a machine, ten a month: 20 in stock and ten that come in November and ship in December. Of the first six months, which no order
        // can reach, the sixth misses most: 60 built and 8 held back less 30. For April, the seventh, 70 less 30, ordered by October.
        let one = needs(&part(20, "\"2025-11\" = 10", 5));
        let expected = PartNeed {
            part: 0,
            out_of_reach: Some((38, 5)),
            to_order: Some((6, day("2025-10-31"), 40)),
            year: 90,
        };
        assert_eq!(one, [expected]);
        // 68 pieces are enough for six months, and two less than seven need.
        let ordered =
            PartNeed { part: 0, out_of_reach: None, to_order: Some((6, day("2025-10-31"), 2)), year: 52 };
        assert_eq!(needs(&part(68, "", 5)), [ordered]);
        // Nothing ordered now comes within the year: 120 less 100.
        let late = PartNeed { part: 0, out_of_reach: Some((20, 11)), to_order: None, year: 20 };
        assert_eq!(needs(&part(100, "", 12)), [late]);
        assert_eq!(needs(&part(120, "", 5)), []);
        // What is due before the as-of date is in stock already.
        assert_eq!(needs(&part(68, "\"2025-09\" = 9", 5)), [ordered]);
    }
}
