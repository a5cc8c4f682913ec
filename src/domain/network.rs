//! Units of the bitcoin network. Sources quote hashprice per terahash and per petahash, a factor of 1000
//! apart, so the unit is chosen by name at construction and never again.

/// Hashes that a block takes on average at difficulty 1: 2^32.
pub const HASHES_PER_BLOCK: f64 = 4_294_967_296.0;

/// Seconds from block to block that difficulty is set for.
pub const BLOCK_SECONDS: f64 = 600.0;

/// Seconds of a day.
pub const DAY_SECONDS: f64 = 86_400.0;

/// Blocks of a day at [`BLOCK_SECONDS`] each.
pub const BLOCKS_PER_DAY: f64 = DAY_SECONDS / BLOCK_SECONDS;

/// Price of a bitcoin that a hashprice stands for when fees are left out, USD: hashprice x hashrate / (144 x subsidy), from
/// hashprice in USD per PH/s per day and the subsidy of a block in BTC. It overstates the market price by the share of fees.
pub fn implied_price(hashprice: f64, hashrate: Hashrate, subsidy_btc: f64) -> f64 {
    hashprice * hashrate.as_ph() / (BLOCKS_PER_DAY * subsidy_btc)
}

/// Hashprice that follows from a price in USD, in USD per PH/s per day: the inverse of [`implied_price`].
pub fn hashprice_at(price: f64, hashrate: Hashrate, subsidy_btc: f64) -> f64 {
    BLOCKS_PER_DAY * subsidy_btc * price / hashrate.as_ph()
}

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
        Hashrate(self.0 * HASHES_PER_BLOCK / BLOCK_SECONDS / 1e15)
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
    fn price_and_hashprice_follow_from_each_other() {
        // Difficulty 1e14 is 1e14 x 2^32 / 600 / 1e15 = 715,827.8827 PH/s; 144 x 3.125 BTC x 60,000 USD / that = 37.718564.
        let hashrate = Difficulty::new(1e14).unwrap().hashrate();
        assert!((hashprice_at(60_000.0, hashrate, 3.125) - 37.718_564).abs() < 1e-5);
        assert!((implied_price(37.718_564, hashrate, 3.125) - 60_000.0).abs() < 1e-2);
    }

    #[test]
    fn units_of_hashprice_differ_by_a_thousand() {
        assert_eq!(HashPrice::per_ph_day(50.0).map(HashPrice::usd_per_th_day), Some(0.05));
        assert!(HashPrice::per_ph_day(0.0).is_none());
        assert!(HashPrice::per_ph_day(f64::NAN).is_none());
    }
}
