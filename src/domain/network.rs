//! Units of the bitcoin network. Sources quote hashprice per terahash and per petahash, a factor of 1000
//! apart, so the unit is chosen by name at construction and never again.

/// Mining difficulty, a pure number above 0.
#[derive(Clone, Copy, PartialEq, PartialOrd, Debug)]
pub struct Difficulty(f64);

impl Difficulty {
    /// `value` when it is finite and above 0.
    pub fn new(value: f64) -> Option<Self> {
        (value.is_finite() && value > 0.0).then_some(Self(value))
    }

    /// The number.
    pub const fn get(self) -> f64 {
        self.0
    }

    /// Network hashrate at which blocks come every 600 seconds: difficulty x 2^32 / 600 hashes per second.
    pub fn hashrate(self) -> Hashrate {
        Hashrate(self.0 * 4_294_967_296.0 / 600.0 / 1e15)
    }
}

/// Hashes per second, kept in petahash per second (PH/s).
#[derive(Clone, Copy, PartialEq, PartialOrd, Debug)]
pub struct Hashrate(f64);

impl Hashrate {
    /// Petahash per second.
    pub const fn as_ph(self) -> f64 {
        self.0
    }
}

/// Mining revenue per unit of hashrate, kept in USD per PH/s per day.
#[derive(Clone, Copy, PartialEq, PartialOrd, Debug)]
pub struct HashPrice(f64);

impl HashPrice {
    /// `value` USD per PH/s per day, when finite and above 0.
    pub fn per_ph_day(value: f64) -> Option<Self> {
        (value.is_finite() && value > 0.0).then_some(Self(value))
    }

    /// USD per PH/s per day.
    pub const fn usd_per_ph_day(self) -> f64 {
        self.0
    }

    /// USD per TH/s per day.
    pub fn usd_per_th_day(self) -> f64 {
        self.0 / 1e3
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn difficulty_of_the_first_block_is_seven_megahash() {
        // 2^32 / 600 = 7,158,278.8 hashes per second.
        let hashrate = Difficulty::new(1.0).unwrap().hashrate();
        assert!((hashrate.as_ph() * 1e15 - 7_158_278.826_666_667).abs() < 1e-3);
    }

    #[test]
    fn units_of_hashprice_differ_by_a_thousand() {
        assert_eq!(HashPrice::per_ph_day(50.0).map(HashPrice::usd_per_th_day), Some(0.05));
        assert!(HashPrice::per_ph_day(0.0).is_none());
        assert!(HashPrice::per_ph_day(f64::NAN).is_none());
    }
}
