//! A column of text: its cells one behind the other, with the place where each ends.

/// The cells of a column. Steps look at each cell in turn, millions of times: a cell is two places of one text.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Cells {
    text: String,
    ends: Vec<usize>,
}

impl Cells {
    /// None yet, with room for so many.
    pub fn with_capacity(rows: usize) -> Self {
        Self { text: String::new(), ends: Vec::with_capacity(rows) }
    }

    /// So many empty ones.
    pub fn empty(rows: usize) -> Self {
        Self { text: String::new(), ends: vec![0; rows] }
    }

    /// Puts a cell below all others.
    pub fn push(&mut self, cell: impl AsRef<str>) {
        self.text.push_str(cell.as_ref());
        self.ends.push(self.text.len());
    }

    /// The cell of a row; `None` below the last.
    pub fn get(&self, row: usize) -> Option<&str> {
        let end = *self.ends.get(row)?;
        let begin = row.checked_sub(1).and_then(|above| self.ends.get(above)).copied().unwrap_or(0);
        self.text.get(begin..end)
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The cells of these rows, in that order; empty ones for rows that are not there.
    #[must_use]
    pub fn take(&self, rows: &[u32]) -> Self {
        let mut taken = Self::with_capacity(rows.len());
        for row in rows {
            taken.push(self.get(*row as usize).unwrap_or_default());
        }
        taken
    }

    /// Puts all of another column below.
    pub fn append(&mut self, below: &Self) {
        let begin = self.text.len();
        self.text.push_str(&below.text);
        self.ends.extend(below.ends.iter().map(|end| begin + end));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_what_was_put_in() {
        let mut cells = Cells::default();
        for cell in ["a", "", "é币", ""] {
            cells.push(cell);
        }
        let all = |cells: &Cells| {
            (0..cells.len()).map(|row| cells.get(row).unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(all(&cells), ["a", "", "é币", ""]);
        assert_eq!(cells.get(4), None);
        let mut other = cells.take(&[2, 0, 9]);
        assert_eq!(all(&other), ["é币", "a", ""]);
        other.append(&cells);
        assert_eq!(all(&other), ["é币", "a", "", "a", "", "é币", ""]);
        assert_eq!(all(&Cells::empty(2)), ["", ""]);
        assert!(Cells::empty(0).is_empty());
    }
}
