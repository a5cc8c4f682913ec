//! Room for machines that are left over: sockets and power of the maker's own sites that nothing runs in.

use crate::market::HORIZON;

/// Free room by month ahead, the last the first month beyond. Machines of several chips share it in proportion to the forecast.
#[derive(Clone, PartialEq, Debug)]
pub struct Room {
    /// Free sockets; `None` where power alone limits.
    pub sockets: Option<[f64; HORIZON + 1]>,
    /// Free power, watts; `None` where sockets alone limit.
    pub watts: Option<[f64; HORIZON + 1]>,
    /// What a machine of each model takes, watts.
    pub machine_watts: Vec<f64>,
    /// Share of the room that is kept for the machines of each model's chip.
    pub share: Vec<f64>,
}

impl Room {
    /// Machines that take so many watts each for which there is room in a month.
    pub fn machines(&self, watts: f64, h: usize) -> f64 {
        let h = h.min(HORIZON);
        let sockets = self.sockets.map_or(f64::INFINITY, |free| free[h]);
        let power = self.watts.map_or(f64::INFINITY, |free| if watts > 0.0 { free[h] / watts } else { 0.0 });
        sockets.min(power).max(0.0)
    }

    /// Those of a mix of a chip's models: its share of the room.
    pub fn of_mix(&self, models: &[usize], shares: &[f64], h: usize) -> f64 {
        let watts: f64 =
            models.iter().zip(shares).map(|(model, share)| self.machine_watts[*model] * share).sum();
        let share = models.first().map_or(0.0, |model| self.share[*model]);
        share * self.machines(watts, h)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 100 sockets and 0.2 MW: of 4 kW each 50 have power, of 1 kW each 100 a socket. A chip with a quarter of the forecast has a quarter.
    #[test]
    fn sockets_and_power_limit_each_other() {
        let room = Room {
            sockets: Some([100.0; HORIZON + 1]),
            watts: Some([200_000.0; HORIZON + 1]),
            machine_watts: vec![4000.0, 1000.0],
            share: vec![0.25, 0.75],
        };
        assert_eq!([room.machines(4000.0, 0), room.machines(1000.0, 99)], [50.0, 100.0]);
        assert_eq!(room.of_mix(&[0], &[1.0], 3), 12.5);
        let none = Room { sockets: Some([-5.0; HORIZON + 1]), ..room };
        assert_eq!(none.machines(1000.0, 0), 0.0);
    }
}
