//! Forecast consumption: firm orders take the place of the forecast that expected them.
//!
//! What is left of the forecast, the net forecast, comes on top of the orders. An order consumes its own month first, then
//! earlier months back to the backward window, nearest first, then later ones up to the forward window; what finds no
//! forecast left is over-consumption and adds to demand. Orders are taken by due month (the rule of frePPLe's forecast
//! netting; SAP and Oracle call the windows backward and forward consumption).

/// Forecast left in each month after `orders` have consumed it, and the orders beyond any forecast.
///
/// `forecast` and `orders` are machines by month, of the same length; `backward` and `forward` windows in months. With both
/// 0 orders + net is the greater of the two in every month.
pub fn consume(forecast: &[f64], orders: &[f64], backward: usize, forward: usize) -> (Vec<f64>, f64) {
    let mut net = forecast.to_vec();
    let mut over = 0.0;
    for (month, order) in orders.iter().enumerate() {
        let mut rest = *order;
        let earlier = (month.saturating_sub(backward)..month).rev();
        let later = month + 1..(month + 1 + forward).min(net.len());
        for index in std::iter::once(month).chain(earlier).chain(later) {
            let Some(left) = net.get_mut(index) else { continue };
            let taken = rest.min(*left).max(0.0);
            *left -= taken;
            rest -= taken;
        }
        over += rest;
    }
    (net, over)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn published_same_bucket() {
        // frePPLe, forecast netting: 350 a month less 130, 100, 80.
        assert_eq!(consume(&[350.0; 3], &[130.0, 100.0, 80.0], 0, 0).0, [220.0, 250.0, 270.0]);
        let (net, over) = consume(&[350.0; 4], &[300.0, 500.0, 280.0, 0.0], 0, 0);
        assert_eq!((net, over), (vec![50.0, 0.0, 70.0, 350.0], 150.0));
    }

    #[test]
    fn published_backward_and_forward_window() {
        // The same with orders of a month that consume 30 days early and late: 500 take 350, then 50, then 100.
        let (net, over) = consume(&[350.0; 4], &[300.0, 500.0, 280.0, 0.0], 1, 1);
        assert_eq!((net, over), (vec![0.0, 0.0, 0.0, 320.0], 0.0));
    }

    #[test]
    fn published_reduction_key_and_over_consumption() {
        // Dynamics 365, transactions - reduction key: an excess is not carried to another period.
        let (net, over) = consume(&[1000.0; 4], &[956.0, 1176.0, 451.0, 119.0], 0, 0);
        assert_eq!((net, over), (vec![44.0, 0.0, 549.0, 881.0], 176.0));
        // Oracle MRP: a forecast of 20 and an order of 25 in its bucket: 20 consumed, 5 over.
        assert_eq!(consume(&[20.0], &[25.0], 0, 0), (vec![0.0], 5.0));
    }

    proptest! {
        #[test]
        fn what_is_ordered_is_consumed_or_over(
            cells in proptest::collection::vec((0..500_u32, 0..500_u32), 1..12), backward in 0..4_usize, forward in 0..4_usize,
        ) {
            let forecast: Vec<f64> = cells.iter().map(|c| f64::from(c.0)).collect();
            let orders: Vec<f64> = cells.iter().map(|c| f64::from(c.1)).collect();
            let (net, over) = consume(&forecast, &orders, backward, forward);
            let consumed: f64 = forecast.iter().sum::<f64>() - net.iter().sum::<f64>();
            prop_assert_eq!(consumed + over, orders.iter().sum::<f64>());
            prop_assert!(net.iter().all(|left| *left >= 0.0));
        }
    }
}
