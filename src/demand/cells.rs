//! Machines on paths by model and month, of those models alone that have any: most of a long list of models ship nothing.

use std::ops::Range;

use crate::market::HORIZON;

/// Machines by model, month ahead and path. A model without a place has none on any path.
#[derive(Clone, PartialEq, Debug)]
pub struct Cells {
    paths: usize,
    /// Models that have a place, ascending.
    models: Vec<usize>,
    /// `(place * HORIZON + month) * paths + path`: what is summed over paths lies together.
    values: Vec<f64>,
    /// Machines of the last paths, which are put together: each month of a model lies far from the others.
    last: Vec<f64>,
}

/// Paths that are put together: their machines of a month share a line of the processor's cache.
const TOGETHER: usize = 8;

impl Cells {
    /// None of so many models yet, which are ascending.
    pub(crate) fn of_models(models: Vec<usize>, paths: usize) -> Self {
        let values = vec![0.0; models.len() * HORIZON * paths];
        Self { paths, models, values, last: Vec::new() }
    }

    /// As many on every path: machines by model and month.
    pub fn alike(models: &[[f64; HORIZON]], paths: usize) -> Self {
        let mut cells = Self::of_models((0..models.len()).collect(), paths);
        let values = models.iter().flatten().flat_map(|machines| std::iter::repeat_n(*machines, paths));
        cells.values.iter_mut().zip(values).for_each(|(cell, value)| *cell = value);
        cells
    }

    /// The models that have a place, ascending.
    pub fn models(&self) -> &[usize] {
        &self.models
    }

    /// Machines of a model in a month by path; empty where it has no place.
    pub fn of(&self, model: usize, month: usize) -> &[f64] {
        self.models.binary_search(&model).map_or(&[], |place| self.at(place, month))
    }

    /// Machines by path of the model at a place.
    pub fn at(&self, place: usize, month: usize) -> &[f64] {
        let from = (place * HORIZON + month) * self.paths;
        &self.values[from..from + self.paths]
    }

    /// Number of paths.
    pub(crate) const fn paths(&self) -> usize {
        self.paths
    }

    /// Whether a model has a place.
    pub(crate) fn moves(&self, model: usize) -> bool {
        self.models.binary_search(&model).is_ok()
    }

    /// Whether a model has machines on any path.
    pub fn has(&self, model: usize) -> bool {
        (0..HORIZON).any(|month| self.of(model, month).iter().any(|machines| *machines > 0.0))
    }

    /// Puts the machines of the next path, by `month * places + place`.
    pub(crate) fn put(&mut self, path: usize, row: &[f64]) {
        let size = row.len();
        if size == 0 {
            return;
        }
        self.last.extend_from_slice(row);
        let together = self.last.len() / size;
        if together < TOGETHER && path + 1 < self.paths {
            return;
        }
        let (places, first) = (self.models.len(), path + 1 - together);
        for (index, _) in row.iter().enumerate() {
            let (month, place) = (index / places, index % places);
            let from = (place * HORIZON + month) * self.paths + first;
            let cells = self.values[from..from + together].iter_mut();
            cells.zip(self.last[index..].iter().step_by(size)).for_each(|(cell, machines)| *cell = *machines);
        }
        self.last.clear();
    }

    /// Multiplies the cells of `months` by the factor of their path.
    pub(super) fn scale(&mut self, months: Range<usize>, factors: &[f64]) {
        for (column, cells) in self.values.chunks_exact_mut(self.paths.max(1)).enumerate() {
            if months.contains(&(column % HORIZON)) {
                cells.iter_mut().zip(factors).for_each(|(cell, factor)| *cell *= factor);
            }
        }
    }

    /// Sum on each path of the machines of several parts over `months`; of one model, or of all.
    pub(crate) fn sums(parts: &[&Self], months: Range<usize>, model: Option<usize>) -> Vec<f64> {
        let paths = parts.first().map_or(0, |part| part.paths);
        let [mut sums, mut of_month, mut of_part] = std::array::from_fn(|_| vec![0.0; paths]);
        let add = |to: &mut [f64], from: &[f64]| to.iter_mut().zip(from).for_each(|(sum, cell)| *sum += cell);
        for month in months {
            // What a path has in a month is added up before it is added to other months.
            of_month.fill(0.0);
            for part in parts {
                of_part.fill(0.0);
                part.add(month, model, &mut of_part);
                add(&mut of_month, &of_part);
            }
            add(&mut sums, &of_month);
        }
        sums
    }

    /// Adds the machines of a month on each path to `sums`; of one model, or of all.
    pub(crate) fn add(&self, month: usize, model: Option<usize>, sums: &mut [f64]) {
        let mut add = |column: &[f64]| sums.iter_mut().zip(column).for_each(|(sum, cell)| *sum += cell);
        match model {
            Some(model) => add(self.of(model, month)),
            None => (0..self.models.len()).for_each(|place| add(self.at(place, month))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of three models the first and the last have a place; on two paths they ship 1 and 3 in the first month, 2 and 4 in the second.
    #[test]
    fn a_model_without_a_place_has_no_machines() {
        let mut cells = Cells::of_models(vec![0, 2], 2);
        let mut row = [0.0; 2 * HORIZON];
        row[..4].copy_from_slice(&[1.0, 3.0, 2.0, 4.0]);
        cells.put(0, &row);
        cells.put(1, &row.map(|machines| 10.0 * machines));
        assert_eq!(
            (cells.of(0, 1), cells.of(2, 0), cells.of(1, 0)),
            (&[2.0, 20.0][..], &[3.0, 30.0][..], &[][..])
        );
        assert_eq!([0, 1, 2].map(|model| cells.has(model)), [true, false, true]);
        cells.scale(1..2, &[0.5, 2.0]);
        let mut sums = vec![100.0; 2];
        cells.add(1, None, &mut sums);
        assert_eq!(sums, [103.0, 220.0]);
        let mut one = vec![0.0; 2];
        cells.add(0, Some(2), &mut one);
        cells.add(0, Some(1), &mut one);
        assert_eq!(one, [3.0, 30.0]);
    }
}
