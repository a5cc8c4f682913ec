//! Chips for machines in the field: those shipped come back at a rate by their age, and draw chips for their repair.

use crate::history::Book;
use crate::job::{Job, ModelId};
use crate::market::HORIZON;

/// What the fleet draws.
#[derive(Clone, PartialEq, Debug)]
pub struct Fleet {
    /// Chips by chip and month ahead, 0 is the first.
    pub chips: Vec<[f64; HORIZON]>,
    /// Machines under warranty at the as-of date.
    pub machines: u64,
    /// Months of the warranty before the first one whose deliveries are known: machines shipped then are not counted.
    pub months_unknown: u32,
}

impl Fleet {
    /// By the job's `[spares]`: `None` without it. `ahead` are machines that ship by the forecast, by model and month.
    ///
    /// Machines of a month come back from the next month on; chips in month h are those shipped of age a times the rate of that age,
    /// added up over ages, times the chips replaced in each.
    pub fn new(book: &Book<'_>, job: &Job, ahead: &[[i64; HORIZON]]) -> Option<Self> {
        let spares = job.spares.as_ref()?;
        let mut chips = vec![[0.0; HORIZON]; job.catalogue.chips.len()];
        let mut machines = 0;
        let months = spares.warranty_months.cast_signed();
        for (model, (shipped, ahead)) in book.deliveries.iter().zip(ahead).enumerate() {
            let id = ModelId(model);
            let each = f64::from(job.catalogue.model(id).chips_per_machine) * spares.chips_share.get();
            let place = |month| usize::try_from(month - book.first).ok();
            let known = |month| place(month).and_then(|at| shipped.get(at)).copied().unwrap_or(0);
            machines += (0..months).map(|age| known(book.as_of - age)).sum::<u64>();
            for (h, drawn) in chips[job.catalogue.chip_of(id)].iter_mut().enumerate() {
                let returned = (1..=spares.warranty_months).map(|age| {
                    let back = age as usize;
                    let shipped = match h.checked_sub(back) {
                        Some(month) => ahead[month].max(0) as f64,
                        None => known((book.as_of + 1).plus(h) - age.cast_signed()) as f64,
                    };
                    shipped * spares.returns(age)
                });
                *drawn += returned.sum::<f64>() * each;
            }
        }
        let first = book.as_of - (months - 1);
        let months_unknown = u32::try_from((book.deliveries_from - first).max(0)).unwrap_or(0);
        Some(Self { chips, machines, months_unknown })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::domain::Month;
    use crate::history::Delivered;
    use crate::supply::Committed;

    const SPARES: &str =
        "[spares]\nreturn_rate_by_year = [0.12, 0.24]\nchips_share = 0.5\nwarranty_months = 14";

    fn month(text: &str) -> Month {
        text.parse().unwrap()
    }

    fn job(spares: &str) -> Job {
        let text = include_str!("../../fixtures/miniature/job.toml");
        Job::parse(&format!("{text}\n{spares}"), std::path::Path::new("job.toml")).unwrap()
    }

    /// 1,200 machines of 64 chips shipped in June and 600 in September 2025; 100 ship in October.
    fn fleet(job: &Job) -> Option<Fleet> {
        let (as_of, first) = (month("2025-09"), month("2025-06"));
        let book = Book {
            as_of,
            first,
            lots: Vec::new(),
            intake: vec![vec![0; 4]],
            deliveries: vec![vec![1200, 0, 0, 600]],
            past_due_months: 12,
            delivered: Delivered::Shipments,
            options: Vec::new(),
            deliveries_from: first,
        };
        let mut ahead = [0; HORIZON];
        ahead[0] = 100;
        Fleet::new(&book, job, &[ahead])
    }

    /// A hundredth comes back in each month of the first year, two hundredths in each of the second, until 14 months: in October 12 of June's
    /// and 6 of September's; in November one of October's too; in July and August 24 of June's, 6 and 1; in September 6 and 1. Each draws 32
    /// chips.
    #[test]
    fn chips_drawn_by_age_worked_by_hand() {
        let found = fleet(&job(SPARES)).unwrap();
        let chips = [0, 1, 9, 10, 11].map(|h: usize| (found.chips[0][h] * 1e6).round() / 1e6);
        assert_eq!(chips, [576.0, 608.0, 992.0, 992.0, 224.0]);
        assert_eq!((found.machines, found.months_unknown), (1800, 10));
        assert_eq!(fleet(&job("")), None);
    }

    /// With the section no chip is kept beside those built in: 64 / 0.8 = 80 are drawn for a machine, and for its repair (12 x 0.01 + 2 x 0.02)
    /// x 32 = 5.12 later. Where supply is not known, the months before the first new order, February, are taken to be covered.
    #[test]
    fn they_take_the_place_of_the_share_of_what_is_built() {
        let job = job(SPARES);
        let fleet = fleet(&job).unwrap();
        let of = |known| {
            let supply = crate::ingest::Supply {
                machines: vec![0],
                chips: vec![0],
                dies: vec![0],
                known,
                ..crate::ingest::Supply::default()
            };
            Committed::new(&supply, &job, month("2025-09")).with_fleet(fleet.chips.clone())
        };
        let known = of(true);
        assert!((known.per_machine(0) - 80.0).abs() < 1e-9 && (known.cost_chips(0) - 85.12).abs() < 1e-9);
        assert_eq!(known.chips_per_machine[0].spares, 0.0);
        assert!((known.fleet_by(crate::job::ChipId(0), 1) - 1184.0).abs() < 1e-9);
        let unknown = of(false);
        assert!(unknown.fleet[0][..4].iter().all(|chips| *chips == 0.0) && unknown.fleet[0][4] > 0.0);
    }
}
