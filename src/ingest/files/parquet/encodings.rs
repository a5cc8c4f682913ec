//! How values of a page are written: runs, differences, streams of bytes. Each decoder keeps its place in the page's
//! bytes, gives one value at a time, and gives `None` where the bytes end too soon.

/// A number of 7 bits a byte, and where it ends.
pub(super) fn varint(data: &[u8], at: &mut usize) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let byte = *data.get(*at)?;
        *at += 1;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

/// The same with a sign in its lowest bit.
pub(super) fn zigzag(data: &[u8], at: &mut usize) -> Option<i64> {
    let value = varint(data, at)?;
    Some((value >> 1).cast_signed() ^ -((value & 1).cast_signed()))
}

/// `width` bits from the bit `bit` on, the lowest first. At most 64.
fn bits(data: &[u8], bit: usize, width: usize) -> Option<u64> {
    if width == 0 {
        return Some(0);
    }
    let (first, shift) = (bit / 8, bit % 8);
    let needed = (shift + width).div_ceil(8);
    let mut bytes = [0; 16];
    bytes.get_mut(..needed)?.copy_from_slice(data.get(first..first.checked_add(needed)?)?);
    let value = u128::from_le_bytes(bytes) >> shift;
    Some((value & ((1_u128 << width) - 1)) as u64)
}

/// The four bytes that give a length.
pub(super) fn length(data: &[u8], at: usize) -> Option<usize> {
    let bytes = data.get(at..at.checked_add(4)?)?;
    usize::try_from(u32::from_le_bytes(bytes.try_into().ok()?)).ok()
}

/// Runs of one value, and values of a few bits each (RLE and bit-packed).
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Runs {
    at: usize,
    end: usize,
    width: usize,
    left: u64,
    /// The value of the run; `None`: bits from `bit` on.
    value: Option<u32>,
    bit: usize,
}

impl Runs {
    /// Of numbers of `width` bits, between two places of the page.
    pub(super) fn new(at: usize, end: usize, width: usize) -> Option<Self> {
        (width <= 32).then_some(Self { at, end, width, ..Self::default() })
    }

    pub(super) fn next(&mut self, data: &[u8]) -> Option<u32> {
        while self.left == 0 {
            if self.at >= self.end {
                return None;
            }
            let header = varint(data, &mut self.at)?;
            if header & 1 == 0 {
                let bytes = self.width.div_ceil(8);
                self.left = header >> 1;
                self.value = Some(bits(data, self.at.checked_mul(8)?, bytes * 8)? as u32);
                self.at += bytes;
            } else {
                let groups = header >> 1;
                self.left = groups.checked_mul(8)?;
                self.value = None;
                self.bit = self.at.checked_mul(8)?;
                let taken = usize::try_from(groups).ok()?.checked_mul(self.width)?;
                self.at = self.at.checked_add(taken)?;
            }
        }
        self.left -= 1;
        if let Some(value) = self.value {
            return Some(value);
        }
        let value = bits(data, self.bit, self.width)?;
        self.bit += self.width;
        Some(value as u32)
    }
}

/// Differences from one number to the next, in blocks (`DELTA_BINARY_PACKED`).
#[derive(Clone, Copy, Debug)]
pub(super) struct Deltas {
    at: usize,
    minis: usize,
    in_mini: usize,
    left: u64,
    value: i64,
    first: bool,
    least: i64,
    widths: usize,
    mini: usize,
    left_in_mini: usize,
    width: usize,
    bit: usize,
}

impl Deltas {
    pub(super) fn new(data: &[u8], mut at: usize) -> Option<Self> {
        let block = usize::try_from(varint(data, &mut at)?).ok()?;
        let minis = usize::try_from(varint(data, &mut at)?).ok()?;
        let left = varint(data, &mut at)?;
        let value = zigzag(data, &mut at)?;
        let in_mini = block.checked_div(minis).filter(|n| *n > 0 && n % 8 == 0)?;
        Some(Self {
            at,
            minis,
            in_mini,
            left,
            value,
            first: true,
            least: 0,
            widths: 0,
            mini: minis,
            left_in_mini: 0,
            width: 0,
            bit: 0,
        })
    }

    /// Goes to the next of the small blocks.
    fn advance(&mut self, data: &[u8]) -> Option<()> {
        if self.mini == self.minis {
            self.least = zigzag(data, &mut self.at)?;
            self.widths = self.at;
            self.at = self.at.checked_add(self.minis).filter(|at| *at <= data.len())?;
            self.mini = 0;
        }
        self.width = usize::from(*data.get(self.widths + self.mini)?);
        if self.width > 64 {
            return None;
        }
        self.mini += 1;
        self.left_in_mini = self.in_mini;
        self.bit = self.at.checked_mul(8)?;
        self.at = self.at.checked_add((self.in_mini / 8).checked_mul(self.width)?)?;
        Some(())
    }

    pub(super) fn next(&mut self, data: &[u8]) -> Option<i64> {
        self.left = self.left.checked_sub(1)?;
        if std::mem::take(&mut self.first) {
            return Some(self.value);
        }
        if self.left_in_mini == 0 {
            self.advance(data)?;
        }
        let delta = bits(data, self.bit, self.width)?;
        self.bit += self.width;
        self.left_in_mini -= 1;
        self.value = self.value.wrapping_add(self.least).wrapping_add(delta.cast_signed());
        Some(self.value)
    }

    /// Where the numbers end.
    pub(super) fn end(mut self, data: &[u8]) -> Option<usize> {
        self.left = self.left.saturating_sub(u64::from(self.first));
        while self.left > 0 {
            self.advance(data)?;
            self.left = self.left.saturating_sub(self.in_mini as u64);
        }
        Some(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_and_bits() {
        // The format's own example: 0 to 7 in three bits each; then a run of four fives.
        let data = [0x03, 0b1000_1000, 0b1100_0110, 0b1111_1010, 8, 5];
        let mut runs = Runs::new(0, data.len(), 3).unwrap();
        let read: Vec<u32> = std::iter::from_fn(|| runs.next(&data)).collect();
        assert_eq!(read, [0, 1, 2, 3, 4, 5, 6, 7, 5, 5, 5, 5]);
    }

    #[test]
    fn differences() {
        // The format's own example: 7, 5, 3, 1, 2, 3, 4, 5: the least difference -2, two bits each.
        let data = [128, 1, 4, 8, 14, 3, 2, 0, 0, 0, 0b1100_0000, 0b0011_1111, 0, 0, 0, 0, 0, 0, 9];
        let mut deltas = Deltas::new(&data, 0).unwrap();
        let read: Vec<i64> = std::iter::from_fn(|| deltas.next(&data)).collect();
        assert_eq!(read, [7, 5, 3, 1, 2, 3, 4, 5]);
        assert_eq!(Deltas::new(&data, 0).unwrap().end(&data), Some(18));
    }

    #[test]
    fn what_ends_too_soon_is_no_value() {
        assert_eq!(Runs::new(0, 1, 3).unwrap().next(&[0x03]), None);
        assert_eq!(Runs::new(0, 2, 8).unwrap().next(&[0, 0]), None, "runs of nothing");
        let mut claims = Deltas::new(&[128, 1, 4, 200, 1, 0], 0).unwrap();
        assert_eq!((claims.next(&[]), claims.next(&[])), (Some(0), None));
    }

    /// Four fives and three sevens; then 32 differences of 0 in no bits and eight of 1 in one bit each, in the next small block.
    #[test]
    fn what_follows_a_run_or_a_small_block_begins_behind_it() {
        let data = [8, 5, 6, 7];
        let mut runs = Runs::new(0, data.len(), 3).unwrap();
        let read: Vec<u32> = std::iter::from_fn(|| runs.next(&data)).collect();
        assert_eq!(read, [5, 5, 5, 5, 7, 7, 7]);
        let data = [128, 1, 4, 41, 0, 0, 0, 1, 0, 0, 0xff, 0, 0, 0];
        let mut deltas = Deltas::new(&data, 0).unwrap();
        let read: Vec<i64> = std::iter::from_fn(|| deltas.next(&data)).collect();
        assert_eq!(read, [vec![0; 33], (1..=8).collect()].concat());
    }
}
