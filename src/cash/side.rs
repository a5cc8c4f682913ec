//! Customers on a path: what they want, what ships of it and what they pay, up to the month from which wafer orders differ and from there.

use std::ops::Range;

use crate::job::ChipId;
use crate::market::HORIZON;
use crate::supply::{ChipPlan, Factory, Line};

use super::path::PathCash;
use super::paying::{Account, Machines, Paid};
use super::queue::Shipped;
use super::world::{Ordered, PricePaths, World};

/// Paths whose machines are gathered at once: what lies together in memory is read once.
const TOGETHER: usize = 32;

/// What all paths have in common, and the machines of the one that is looked at.
pub(super) struct Setting<'a> {
    pub(super) world: &'a World<'a>,
    pub(super) price_paths: &'a PricePaths<'a>,
    pub(super) chips: &'a [ChipPlan],
    /// Place of each model among those that move; of the others none is asked.
    pub(super) place: Vec<usize>,
    /// Whether a factory builds for all chips: without one what ships of a chip's models hangs on this chip alone.
    one_factory: bool,
    /// Month in which the orders of each chip are judged.
    judged: Vec<usize>,
    /// What ships of the backlog and of orders to come, and what is cancelled, by path, for each place and month.
    columns: Vec<[[&'a [f64]; 3]; HORIZON]>,
    /// The same by path, of these paths.
    rows: Vec<Vec<[[f64; HORIZON]; 3]>>,
    gathered: Range<usize>,
    /// The path that is looked at, and that of the market.
    path: usize,
    pub(super) price_path: usize,
}

impl<'a> Setting<'a> {
    pub(super) fn new(world: &'a World<'a>, price_paths: &'a PricePaths<'a>, chips: &'a [ChipPlan]) -> Self {
        let (moving, simulation) = (&price_paths.moving, &price_paths.forecast.simulation);
        let mut place = vec![0; world.of.job.catalogue.models.len()];
        moving.iter().enumerate().for_each(|(index, model)| place[*model] = index);
        let columns = moving.iter().map(|model| {
            let parts = [&simulation.backlog, &simulation.new, &simulation.cancelled];
            std::array::from_fn(|h| parts.map(|part| part.of(*model, h)))
        });
        Self {
            columns: columns.collect(),
            rows: vec![vec![[[0.0; HORIZON]; 3]; moving.len()]; TOGETHER],
            gathered: 0..0,
            path: 0,
            price_path: 0,
            place,
            one_factory: world.of.committed.assembly.is_some(),
            judged: chips.iter().map(ChipPlan::judged).collect(),
            world,
            price_paths,
            chips,
        }
    }

    /// Groups of chips whose machines ship without regard to other groups.
    pub(super) fn groups(&self) -> impl Iterator<Item = Range<usize>> {
        let chips = self.world.of.committed.on_hand.len();
        let groups = if self.one_factory { chips.min(1) } else { chips };
        (0..groups).map(|group| self.group(group))
    }

    /// Chips of a group.
    pub(super) fn group(&self, group: usize) -> Range<usize> {
        if self.one_factory { 0..self.world.of.committed.on_hand.len() } else { group..group + 1 }
    }

    /// Looks at a path: what ships and is cancelled on it.
    pub(super) fn look_at(&mut self, path: usize) {
        self.path = path;
        self.price_path = path.min(self.price_paths.exposure.len() - 1);
        if self.gathered.contains(&path) {
            return;
        }
        let paths = self.price_paths.forecast.simulation.paths;
        self.gathered = path..(path + TOGETHER).min(paths);
        for (place, columns) in self.columns.iter().enumerate() {
            for (h, parts) in columns.iter().enumerate() {
                for (part, column) in parts.iter().enumerate() {
                    // A column of a model that has no machines is empty.
                    let cells = column.get(self.gathered.clone()).unwrap_or(&[]);
                    for (row, machines) in self.rows.iter_mut().zip(cells) {
                        row[place][part][h] = *machines;
                    }
                }
            }
        }
    }

    /// Machines of the path that is looked at, by place.
    fn row(&self) -> &[[[f64; HORIZON]; 3]] {
        &self.rows[self.path - self.gathered.start]
    }
}

/// How far the lines of chips, the factory and what customers pay are.
struct Stand<'a> {
    lines: Vec<Line>,
    factory: Factory<'a>,
    /// By place.
    accounts: Vec<Account>,
}

/// Customers, by whether the largest is gone and whether new orders are signed.
pub(super) struct Side<'a> {
    gone: bool,
    signs: bool,
    /// TH signed by month.
    pub(super) th: [f64; HORIZON],
    /// Share of contracts whose customers still pay, by place.
    paying: Vec<[f64; HORIZON]>,
    /// Machines wanted, by place.
    wanted: Vec<[Shipped; HORIZON]>,
    /// Places of the models of each group.
    places: Vec<Vec<usize>>,
    /// By group, the first month in which wafer orders make a difference: up to it a path is played once.
    from: Vec<usize>,
    /// As it is then, and as it goes on with one play's orders.
    common: Stand<'a>,
    now: Stand<'a>,
    /// What could be built, by model of the job.
    could: Vec<f64>,
    ships: Vec<[f64; HORIZON]>,
    built: Vec<[f64; HORIZON]>,
    lost: Vec<[f64; HORIZON]>,
    paid: Vec<Paid>,
    /// By place, whether anything ships that did not in the play before: only then is anything else paid.
    changed: Vec<bool>,
    /// Chips that nobody waits for, by chip: after the month in which its orders are judged, and after the last.
    pub(super) left: Vec<[f64; 2]>,
}

impl<'a> Side<'a> {
    pub(super) fn new(setting: &Setting<'a>, (gone, signs): (bool, bool)) -> Self {
        let (world, moving) = (setting.world, &setting.price_paths.moving);
        let (catalogue, committed) = (&world.of.job.catalogue, world.of.committed);
        let of_chip = |chip: ChipId| -> Vec<usize> {
            let own = catalogue.models_of(chip).into_iter();
            own.filter(|model| moving.binary_search(model).is_ok()).collect()
        };
        let stand = || Stand {
            lines: catalogue.chip_ids().map(|chip| Line::new(of_chip(chip), committed)).collect(),
            factory: Factory::new(committed.assembly.as_ref(), catalogue.models.len()),
            accounts: vec![Account::default(); moving.len()],
        };
        let places = setting.groups().map(|group| {
            let models = group.flat_map(|chip| of_chip(ChipId(chip)));
            models.map(|model| setting.place[model]).collect()
        });
        let none = vec![[0.0; HORIZON]; moving.len()];
        Self {
            gone,
            signs,
            th: [0.0; HORIZON],
            paying: none.clone(),
            wanted: vec![[Shipped::default(); HORIZON]; moving.len()],
            places: places.collect(),
            from: Vec::new(),
            common: stand(),
            now: stand(),
            could: vec![0.0; catalogue.models.len()],
            ships: none.clone(),
            built: none.clone(),
            lost: none,
            paid: vec![Paid::default(); moving.len()],
            changed: vec![true; moving.len()],
            left: vec![[0.0; 2]; catalogue.chips.len()],
        }
    }

    /// Whether it has these customers: whether the largest is gone, and whether new orders are signed.
    pub(super) const fn is_of(&self, (gone, signs): (bool, bool)) -> bool {
        self.gone == gone && self.signs == signs
    }

    /// That it is played with these wafer orders. With those of one play alone nothing is kept for another.
    pub(super) fn played_with(&mut self, setting: &Setting<'_>, plays: &[&[Ordered]]) {
        let from = setting.groups().map(|group| {
            let all = plays.iter().copied().flatten().filter(|order| group.contains(&order.chip));
            let first = all.map(|order| order.ships).min().unwrap_or(HORIZON);
            if plays.len() == 1 && first < HORIZON { 0 } else { first.min(HORIZON) }
        });
        self.from = from.collect();
    }

    /// Whether wafer orders make a difference to a group.
    pub(super) fn differs(&self, group: usize) -> bool {
        self.from[group] < HORIZON
    }

    /// Plays the path that is looked at up to the month from which wafer orders make a difference. `before` are sides that began already, `come`
    /// the good chips of each chip without those orders.
    pub(super) fn begin(&mut self, setting: &Setting<'a>, before: &[Self], come: &[[f64; HORIZON]]) {
        let (world, price_paths) = (setting.world, setting.price_paths);
        if let Some(side) = before.iter().find(|side| side.gone == self.gone) {
            self.paying.copy_from_slice(&side.paying);
        } else {
            let exposure = &price_paths.exposure[setting.price_path];
            price_paths.customers.paying(setting.path, exposure, self.gone, &mut self.paying);
        }
        let intake = &price_paths.forecast.simulation.intake_paths[setting.path];
        let signing = if self.signs { price_paths.customers.signing(self.gone) } else { 0.0 };
        self.th = intake.map(|th| th * signing);
        let rows = setting.row().iter().zip(&price_paths.overrides);
        for ((wanted, paying), ([backlog, new, _], added)) in
            self.wanted.iter_mut().zip(&self.paying).zip(rows)
        {
            for (h, wanted) in wanted.iter_mut().enumerate() {
                let contracts = backlog[h] * paying[h];
                let new = if self.signs { new[h] + added[h] } else { 0.0 };
                // An override below what is on order takes from contracts.
                let contracts = (contracts + new.min(0.0)).max(0.0);
                *wanted = Shipped { contracts, new: new.max(0.0) * signing };
            }
        }
        self.now.lines.iter_mut().for_each(|line| line.begin(world.of.committed));
        self.now.factory.begin();
        self.now.accounts.fill(Account::default());
        self.changed.fill(true);
        for group in 0..self.from.len() {
            self.months(setting, group, 0..self.from[group], come);
            if self.differs(group) {
                take_over(&mut self.common, &self.now, setting.group(group), &self.places[group]);
            }
        }
        self.changed.fill(true);
    }

    /// Plays a group on from there with what comes of its chips.
    pub(super) fn go_on(&mut self, setting: &Setting<'a>, group: usize, come: &[[f64; HORIZON]]) {
        take_over(&mut self.now, &self.common, setting.group(group), &self.places[group]);
        self.months(setting, group, self.from[group]..HORIZON, come);
    }

    /// Ships what chips allow in these months, and pays for it.
    fn months(&mut self, setting: &Setting<'a>, group: usize, months: Range<usize>, come: &[[f64; HORIZON]]) {
        let world = setting.world;
        let (committed, late) = (world.of.committed, world.of.late);
        let (place, wanted, chips) = (&setting.place, &self.wanted, setting.group(group));
        for h in months.clone() {
            let wanted = |model: usize| {
                let of = wanted[place[model]][h];
                of.contracts + of.new
            };
            for chip in chips.clone() {
                // Where supply is not known, what no order can reach is taken to be covered.
                let unlimited = !committed.known && h < committed.open_from[ChipId(chip)];
                let line = &mut self.now.lines[chip];
                line.want(committed, h, (come[chip][h], unlimited), late, wanted);
                if committed.assembly.is_some() {
                    line.could_build(|model, machines| self.could[model] = machines);
                }
            }
            let assembled = self.now.factory.assemble(h, &self.could);
            for chip in chips.clone() {
                let line = &mut self.now.lines[chip];
                let changed = &mut self.changed;
                let mut put = |cell: &mut f64, place: usize, machines: f64| {
                    changed[place] |= *cell != machines;
                    *cell = machines;
                };
                line.ship(assembled, wanted, |model, ships, built| {
                    let place = place[model];
                    put(&mut self.ships[place][h], place, ships);
                    put(&mut self.built[place][h], place, built);
                });
                line.left_waiting(|model, machines| {
                    put(&mut self.lost[place[model]][h], place[model], machines);
                });
                if setting.judged.get(chip) == Some(&h) {
                    self.left[chip][0] = line.left(committed);
                }
                if h == HORIZON - 1 {
                    self.left[chip][1] = line.left(committed);
                }
            }
        }
        let (rows, list) = (setting.row(), setting.price_paths.list(setting.price_path));
        for place in &self.places[group] {
            if !std::mem::take(&mut self.changed[*place]) {
                continue;
            }
            let machines = Machines {
                wanted: &self.wanted[*place],
                ships: &self.ships[*place],
                built: &self.built[*place],
                cancelled: &rows[*place][2],
                paying: &self.paying[*place],
                list: &list[*place],
                lost: &self.lost[*place],
            };
            let to = (&mut self.now.accounts[*place], &mut self.paid[*place]);
            let terms = &world.terms[setting.price_paths.moving[*place]];
            terms.pay(&world.of.job.cash, &self.th, machines, months.clone(), to);
        }
    }

    /// Adds what customers paid in the play that went on last, and what their machines cost.
    pub(super) fn add_to(&self, setting: &Setting<'_>, cash: &mut PathCash) {
        for (model, paid) in setting.price_paths.moving.iter().zip(&self.paid) {
            paid.add_to(cash, setting.world.terms[*model].dated.is_some());
        }
    }
}

/// Takes over from `other` how far a group's chips and places are.
fn take_over<'a>(to: &mut Stand<'a>, other: &Stand<'a>, chips: Range<usize>, places: &[usize]) {
    for chip in chips {
        to.lines[chip].go_on_from(&other.lines[chip]);
    }
    to.factory.go_on_from(&other.factory);
    for place in places {
        to.accounts[*place] = other.accounts[*place];
    }
}
