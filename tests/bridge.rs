//! The bridge between two vintages, worked by hand.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a test may fail loudly")]

#[allow(unreachable_pub, reason = "shared by the test files")]
mod common;

use common::{copy_of, edit, rows, told, wafercast};

/// The miniature, to which 12 machines more are signed in July, August and September, all due in January 2026.
///
/// In June: 60 machines a month, as ever. In September the level, with weights that halve in 12 months, is 60 + 12 (1 + 0.944 +
/// 0.891) / 13.36 = 62.5 a month. January has its 36, and what is signed from October on adds up to 2.5 a month, rounded so that
/// sums are right. Nothing was late, cancelled or corrected.
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
        assert!(output.status.success(), "{}", told(&output));
    }
    let table = rows(&folder.path().join("out/2025Q3/revisions.csv"));
    let own: Vec<_> = table.iter().filter(|row| row["model"] == "MINI").collect();
    let column = |name: &str| -> Vec<i64> { own.iter().map(|row| row[name].parse().unwrap()).collect() };
    let names: Vec<&String> = own[0].keys().collect();
    assert_eq!(column("previous"), [60; 12], "{names:?}");
    assert_eq!(column("new_orders"), [0, 0, 0, 0, 0, 1, 36, 2, 2, 2, 3, 2]);
    assert_eq!(column("now"), [60, 60, 60, 60, 60, 61, 96, 62, 62, 62, 63, 62]);
    for part in ["corrections", "deliveries", "cancellations", "slips", "drivers", "overrides", "method"] {
        assert_eq!(column(part), [0; 12], "{part}");
    }
}
