//! `report.html`: one page that people read, made of the published tables alone.
//!
//! Its first screen has the picture and the figures to decide by. It then tells what to order now, why, how sure it is, what
//! happens if the market turns, what changed, who waits and what to check. It is one file without
//! a script and without any request, in light and dark, for a screen, a phone and paper.
//!
//! | to change | go to |
//! |---|---|
//! | which rows and columns a table has | `../views/` |
//! | which series a chart has, and its words | `../views/figures.rs` |
//! | how a series becomes marks | `charts.rs` |
//! | a colour, dash or hatch | `palette.rs` |
//! | round numbers and months of axes | `axis.rs` |
//! | how a picture is drawn | `draw.rs` |
//! | how numbers and dates are written | `../views/words.rs` |
//! | the look of the page | `style.css` |

mod appendix;
mod axis;
mod changed;
mod charts;
mod check;
mod draw;
mod first;
mod order;
mod palette;
mod parts;
mod sure;
mod turn;
mod waits;
mod why;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::error::Error;
use crate::publish::{Manifest, OutputFile};
use crate::table::Table;
use crate::views::{Tables, words};

/// Its file name.
const FILE: &str = "report.html";
const STYLE: &str = include_str!("style.css");

/// What the page is made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source<'a> {
    /// The tables as published.
    pub(crate) tables: &'a [Table],
    /// The run on record.
    pub(crate) manifest: &'a Manifest,
    /// What must be known before the figures are read.
    pub(crate) first: &'a [String],
    /// What is not as it was in the vintage before.
    pub(crate) changed: &'a [String],
    /// What to doubt.
    pub(crate) doubts: &'a [String],
}

/// The page as a file.
///
/// # Errors
/// [`Error::Internal`] when a chart cannot be drawn.
pub(crate) fn file(source: &Source<'_>) -> Result<OutputFile, Error> {
    Ok(OutputFile::text(FILE, page(source)?.into_string()))
}

fn page(source: &Source<'_>) -> Result<Markup, Error> {
    let tables = Tables(source.tables);
    let manifest = source.manifest;
    let title = format!("Machines and wafers {}: what to order", manifest.vintage);
    let sections = [
        ("order", "What to order now", order::section(source, tables)),
        ("why", "Why", why::section(tables)?),
        ("sure", "How sure this is", sure::section(tables)),
        ("turn", "If the market turns", turn::section(source, tables)?),
        ("changed", "What changed", changed::section(source, tables)?),
        ("waits", "Who waits", waits::section(tables)),
        ("check", "What to check", check::section(source, tables)),
    ];
    let appendix = appendix::sections(source, tables);
    let first = first::screen(source, tables)?;
    Ok(html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                // Nothing is fetched and nothing runs, whatever a name in an export holds.
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                title { (title) }
                style { (PreEscaped(palette::css())) (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#order" { "Skip to what to order" }
                (hatches())
                header {
                    h1 { "Machines and wafers " (manifest.vintage) }
                    p {
                        "Job " strong { (manifest.job) } ", as of "
                        strong { (words::iso_day(&manifest.as_of)) }
                        @if let Some(revised) = &manifest.revises { ", revises " (revised) }
                        ", wafercast " (manifest.version) "."
                    }
                    @if !source.first.is_empty() {
                        div.alert {
                            p { strong { "Read first" } }
                            (parts::list(&source.first.iter().map(|line| words::sentence(line)).collect::<Vec<_>>()))
                        }
                    }
                    (first)
                }
                nav aria-label="Contents" {
                    ol {
                        @for (id, title, _) in &sections { li { a href=(format!("#{id}")) { (title) } } }
                        @for (id, title, _) in &appendix { li.more { a href=(format!("#{id}")) { (title) } } }
                    }
                }
                main {
                    p.phone.note { "Held upright, a phone shows the columns to decide by; on its side, every column." }
                    @for (id, title, content) in &sections { (parts::section(id, title, content)) }
                    @for (id, title, content) in &appendix { (parts::section(id, title, content)) }
                }
                footer {
                    p {
                        "Every figure stands in the CSV and Parquet files beside this page, in the table named with it; "
                        code { "wafercast schema" } " explains each column. " code { "manifest.json" }
                        " has the SHA-256 of every file."
                    }
                }
            }
        }
    })
}

/// The hatches of the charts, in the colours of the theme.
fn hatches() -> Markup {
    html! {
        svg.hatches width="0" height="0" aria-hidden="true" {
            defs {
                @for (name, angle) in palette::hatches() {
                    pattern id=(format!("hatch-{name}")) width="6" height="6" patternUnits="userSpaceOnUse"
                        patternTransform=(format!("rotate({angle})")) {
                        rect width="6" height="6" style=(format!("fill:var(--{name});opacity:.35")) {}
                        rect width="3" height="6" style=(format!("fill:var(--{name})")) {}
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Table;
    use crate::tables::SPECS;
    use std::collections::BTreeMap;

    fn manifest() -> Manifest {
        Manifest {
            tool: "wafercast".into(),
            version: "0".into(),
            schema_version: 0,
            vintage: "2025Q3".into(),
            revises: None,
            changed: Vec::new(),
            as_of: "2025-09-30".into(),
            job: "a <job>".into(),
            job_sha256: String::new(),
            csv: crate::table::Dialect { delimiter: ',', decimal_mark: '.', bom: false },
            seed: 1,
            paths: 200,
            budget_usd: None,
            inputs: Vec::new(),
            assumptions: Vec::new(),
            warnings: Vec::new(),
            models_used: BTreeMap::new(),
            outputs: Vec::new(),
            templates: Vec::new(),
        }
    }

    #[test]
    fn without_tables_or_without_rows_it_says_that_there_are_no_data() {
        let manifest = manifest();
        let empty: Vec<Table> = SPECS.iter().map(|spec| Table::empty(spec)).collect();
        for tables in [&[][..], &empty[..]] {
            let source = Source { tables, manifest: &manifest, first: &[], changed: &[], doubts: &[] };
            let page = page(&source).unwrap().into_string();
            for table in
                ["wafer_orders", "shipment_forecast_quarterly", "backtest", "cash", "market", "pricing"]
            {
                assert!(page.contains(&format!("No data: {table}")), "{table}");
            }
            assert!(!page.contains("<figure") && page.contains("a &lt;job&gt;"));
        }
    }
}
