//! What the orders hang on that is assumed: what is said of another assumption is what a run with it orders.

use crate::common::{reported, root, rows, text, wafercast};

/// Wafers to place now and their price, and what was printed, with a change to the main job.
fn run(change: impl Fn(String) -> String) -> (i64, i64, String) {
    let folder = tempfile::tempdir().unwrap();
    let job = text(&root().join("jobs/quarterly.toml")).replace("paths = 2000", "paths = 400");
    let path = folder.path().join("job.toml");
    std::fs::File::create(&path)
        .and_then(|mut file| std::io::Write::write_all(&mut file, change(job).as_bytes()))
        .unwrap();
    let [path, inputs, out] = [path, root().join("fixtures/maker"), folder.path().join("out")]
        .map(|path| path.display().to_string());
    let output = wafercast(&["run", &path, "--inputs", &inputs, "--out", &out]);
    let said = reported(&output);
    assert!(output.status.success(), "{said}");
    let orders = rows(&folder.path().join("out/2025Q3/wafer_orders.csv"));
    let now = orders.iter().filter(|row| row["decision"] == "place_now");
    let (mut wafers, mut cost) = (0, 0.0);
    for row in now {
        wafers += row["wafers"].parse::<i64>().unwrap();
        cost += row["cost_usd"].parse::<f64>().unwrap();
    }
    (wafers, cost.round() as i64, said.replace(',', ""))
}

#[test]
fn another_assumption_orders_what_is_said() {
    let (wafers, cost, said) = run(|job| job);
    let instead = |other: (i64, i64)| {
        format!("{} wafers would be ordered now for {} USD in place of {wafers} for {cost}", other.0, other.1)
    };
    let no_room = run(|job| job.replace("# sockets = 2000 ", "sockets = 0 "));
    assert_ne!((no_room.0, no_room.1), (wafers, cost));
    let words = format!("with no room {}", instead((no_room.0, no_room.1)));
    assert!(said.contains(&words), "{words}: {said}");
    assert!(!no_room.2.contains("with no room"), "it is given: {}", no_room.2);
    let all_wait = run(|job| job.replace("lost_share = 0.5 ", "lost_share = 0 "));
    assert_ne!((all_wait.0, all_wait.1), (wafers, cost));
    let words = format!("whose customers leave by your own orders {}", instead((all_wait.0, all_wait.1)));
    assert!(said.contains(&words), "{words}: {said}");
    assert!(!all_wait.2.contains("leave by your own orders"), "nothing changes: {}", all_wait.2);
}

/// What no export speaks for or against stands beside what a person knows: 1,400 and 300 machines on hand, 72,224 that left in the
/// newest year.
#[test]
fn numbers_that_only_a_person_can_judge_stand_among_the_doubts() {
    let out = tempfile::tempdir().unwrap();
    let output = wafercast(&["run", "jobs/quarterly.toml", "--out", out.path().to_str().unwrap()]);
    assert!(output.status.success(), "{}", reported(&output));
    let summary = text(&out.path().join("2025Q3/summary.md"));
    let (_, doubts) = summary.split_once("## What to doubt").unwrap();
    for part in [
        "a bitcoin at 124,350 USD",
        "1,700 machines on hand, 0.3 months of what left in the newest year",
        "as the largest open order line, with",
    ] {
        assert!(doubts.contains(part), "`{part}` is not in {doubts}");
    }
}
