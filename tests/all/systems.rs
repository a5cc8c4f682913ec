//! Every block of `docs/guide/systems.md` on a small file of the kind: what is read is what the plain files say.

use crate::common::{root, text};
use crate::shaping::{exports, maker, section};

/// The blocks of the page by the system that they are for.
pub(crate) fn blocks() -> Vec<(String, String)> {
    let page = text(&root().join("docs/guide/systems.md"));
    let blocks = page.split("```toml\n").skip(1).map(|block| block.split("```").next().unwrap());
    blocks
        .map(|block| {
            let (first, rest) = block.split_once('\n').unwrap();
            let system = first
                .strip_prefix("# systems: ")
                .unwrap_or_else(|| panic!("a block without system: {first}"));
            (system.to_owned(), rest.to_owned())
        })
        .collect()
}

fn read(sections: &str) -> Result<[String; 3], String> {
    let folder = maker(sections, &[]);
    for entry in std::fs::read_dir(root().join("fixtures/systems")).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
    }
    let read = exports(folder.path())?;
    let reported: Vec<String> = read.warnings.iter().map(ToString::to_string).collect();
    Ok([format!("{:?}", read.ledger), format!("{:?}", read.stock), reported.join("\n")])
}

#[test]
fn every_block_of_the_page_reads_its_file() {
    let plain = |name: &str, export: &str| section(export, name, "", &[]);
    let orders = read(&plain("orders.csv", "futures_orders")).unwrap();
    let mut systems = Vec::new();
    for (system, block) in blocks() {
        let beside = if system == "log" { plain("orders.csv", "futures_orders") } else { String::new() };
        let read_so = read(&format!("{beside}{block}\n")).unwrap_or_else(|e| panic!("{system}: {e}"));
        let expected = match system.as_str() {
            "announced" => read(&plain("announced_plain.csv", "futures_orders")).unwrap(),
            "log" => {
                let orders = plain("orders.csv", "futures_orders");
                read(&(orders + &plain("changes_plain.csv", "order_changes"))).unwrap()
            }
            "shopify" => read(&plain("orders_shopify.csv", "futures_orders")).unwrap(),
            "excel" => {
                let sections = plain("orders.csv", "futures_orders")
                    + &plain("stock_plain.csv", "channel_inventory")
                    + &plain("shipments_plain.csv", "shipments");
                read(&sections).unwrap()
            }
            _ => orders.clone(),
        };
        assert_eq!(read_so[..2], expected[..2], "{system}: {}", read_so[2]);
        systems.push(system);
    }
    assert_eq!(
        systems,
        [
            "odoo",
            "sap",
            "netsuite",
            "salesforce",
            "dynamics",
            "shopify",
            "kingdee",
            "excel",
            "announced",
            "log"
        ]
    );
}
