//! The bridge between two vintages, worked by hand.

use crate::common::{copy_of, edit, reported, rows, wafercast};

/// The miniature, to which 12 machines more are signed in July, August and September, all due in January 2026.
///
/// In June: 60 machines a month, as ever. In September intake has grown: of eight quarters the last is ln(75.075 / 63.075) = 0.1742
/// above the others (cushion 5% of 61.5), a slope of 0.0386 a year (`demand/growth.rs`: 0.875 x 0.1742 over 4 times the variance
/// 0.00332, by 2.625 over the same and 100 of the prior). The level, with weights that halve in 12 months, is 60 + 12 (1 + 0.944 +
/// 0.891) / 13.36 = 62.5 a month a good half year ago, 64 now, and rises. January has its 36; what is signed from October on is
/// rounded so that sums are right. Nothing was late, cancelled or corrected.
#[test]
fn orders_signed_since_are_the_whole_bridge() {
    let folder = copy_of("miniature");
    edit(&folder.path().join("futures_orders.csv"), |text| {
        let more = |id: &str, month: u32| {
            format!(
                "{id},Only Customer,key_account,MINI,futures,2025-{month:02}-05,12,1000,,2026-01,1,,open,\n"
            )
        };
        text + &more("X1", 7) + &more("X2", 8) + &more("X3", 9)
    });
    let job = folder.path().join("job.toml");
    for as_of in ["2025-06-30", "2025-09-30"] {
        let output = wafercast(&["run", job.to_str().unwrap(), "--as-of", as_of]);
        assert!(output.status.success(), "{}", reported(&output));
    }
    let table = rows(&folder.path().join("out/2025Q3/revisions.csv"));
    let own: Vec<_> = table.iter().filter(|row| row["model"] == "MINI").collect();
    let column = |name: &str| -> Vec<i64> { own.iter().map(|row| row[name].parse().unwrap()).collect() };
    let names: Vec<&String> = own[0].keys().collect();
    assert_eq!(column("previous"), [60; 12], "{names:?}");
    assert_eq!(column("new_orders"), [0, 0, 0, 0, 1, 2, 39, 3, 5, 5, 6, 5]);
    assert_eq!(column("now"), [60, 60, 60, 60, 61, 62, 99, 63, 65, 65, 66, 65]);
    for part in ["corrections", "deliveries", "cancellations", "slips", "drivers", "overrides", "method"] {
        assert_eq!(column(part), [0; 12], "{part}");
    }
}
