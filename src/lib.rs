//! wafercast: a rolling 12-month forecast of machine shipments, and the wafer orders that follow from it.
//!
//! Data flow one way, along the arrows.
//!
//! ```text
//!  job file --> job --+
//!                     v
//!  exports --> ingest --> history --> market --> demand --> supply --> tables --> publish
//!             rows, as    monthly     price      intake,    dies,      rows of    files,
//!             of a date,  series,     paths,     booking    committed  every      manifest,
//!             every       order book  hashprice  curve,     supply,    table      one rename
//!             problem                            paths      orders
//!                                       |          |
//!                                       +-- fit ---+--- linfa, behind one guarded door
//!                                            backtest: history .. demand again, as of past quarter ends;
//!                                            what it finds sets the intervals (demand/calibration)
//!
//!  exports, book, vintage before, forecast --> reconcile: what contradicts what; stops the run above its limits
//!  earlier vintages --> vintages: bridge, realised accuracy, waterfall --> tables; never into the forecast
//! ```
//!
//! | to change | go to |
//! |---|---|
//! | a key of the job file | `job/sections.rs`, `job/policy.rs`, `job/pricing.rs`, `job/products.rs`; its checks: `job/check_sections.rs`, `job/check_exports.rs`, `job/check_factory.rs`, `job/check_catalogue.rs` |
//! | how a cell of text becomes a value | `ingest/cells/`; forms of dates: `domain/date_form.rs`; names that are nearly alike: `ingest/names.rs` |
//! | a form of file, how much of one is read | `ingest/files/`: `source.rs`, `json.rs`, `json_path.rs`, `parquet/`, `workbook.rs`, `limits.rs`; what is no table: `form.rs` |
//! | a step that shapes a file before it is read | its keys: `job/steps.rs`; what it does: its file in `shape/`; how files come to it: `ingest/rows/shaped.rs` |
//! | where exports lie in a folder, names that are nearly theirs | `ingest/files/locations.rs`, `ingest/files/file_names.rs` |
//! | what is known of the bitcoin network: blocks a day, hashprice and the price it implies | `domain/network.rs` |
//! | how rows are cut into cells, and which thread reads them | `ingest/files/record.rs`, `ingest/files/chunks.rs`, `ingest/rows/scan.rs` |
//! | names of months in other languages | `domain/month_names.rs` |
//! | which quarter a month is in, which month ends one, what it is called | `domain/fiscal.rs` |
//! | a column of an export | the export's file in `ingest/exports/`; orders: `ingest/orders/row.rs`; shipments: `ingest/orders/shipments.rs`; market: `ingest/market/columns.rs` |
//! | market days and stock as typed frames, and what is added up of them | `ingest/frames/` |
//! | what may be wrong with the input, its remedy and exit code | `diagnostic.rs`; how many are shown: `render.rs` |
//! | numbers of the job that others, or the exports, speak against | `implausible.rs`; what is refused: `job/check_sections.rs` |
//! | what a value may be: units, prices, quantities, currency, sums | `ingest/plausibility/`; currency: `ingest/cells/currency.rs` |
//! | how prices are judged in one reading | `ingest/read/sample.rs`, `ingest/plausibility/orders/bands.rs` |
//! | how lines of an order share shipments, what an amended order is | `ingest/orders/sharing.rs`, `ingest/orders/amended.rs` |
//! | states and dates of orders against what left of them, open orders that stand twice | `ingest/orders/states.rs`, `ingest/orders/copied.rs`; those gone since the vintage before: `reconcile/vanished.rs` |
//! | what an order line is after it was changed or cancelled in part; options | `ingest/exports/order_changes.rs`, `ingest/orders/contract.rs`; `ingest/orders/options.rs`, on paths `demand/options.rs` |
//! | which order shipments without a number are of | `ingest/orders/unnumbered.rs` |
//! | how order numbers are compared | `job/order_ids.rs`, `ingest/orders/order_numbers.rs` |
//! | which order numbers are missing among the newest | `ingest/orders/gaps.rs` |
//! | what counts as known on a date | `ingest/` (rows), `ingest/orders/ledger.rs` (states and deliveries of orders) |
//! | what exports say of each other | `ingest/read/checks.rs` |
//! | what sources must agree on, and how far | `reconcile/`; the limits: `job/reconciliation.rs` |
//! | whether a contract counts, by its deposit | `ingest/orders/standing.rs`; the rules: `job/policy.rs`; what is told: `reconcile/contracts.rs` |
//! | what customers paid and what is due when | `ingest/exports/payments.rs`, `ingest/orders/settled.rs`; in cash: `cash/paying.rs`; against the orders: `reconcile/payments.rs` |
//! | how orders respond to the market, and the prior of it | `demand/response.rs`; its weight: `demand/posterior.rs`; level: `demand/levels.rs`; growth and months of the year: `demand/trend.rs` |
//! | what of the backlog is cancelled or asked for later | `demand/leaving.rs`; on a path: `demand/run_off.rs` |
//! | what distributors' stock keeps them from ordering | `demand/channel.rs` |
//! | what a fall of list prices costs on distributors' stock | `cash/protection.rs` |
//! | a driver of the `drivers` export | `demand/drivers.rs`; what it adds: `demand/effects.rs` |
//! | how orders turn into shipments | `demand/booking.rs`, `demand/paths.rs`; what known supply lets ship: `supply/shipping.rs` |
//! | money on paths: list prices ahead, defaults, what is at risk | `cash/` |
//! | in which months a model is sold and ships | `job/products.rs` |
//! | what the split of orders to chips hangs on, in words; what the orders hang on that is assumed | `mix.rs`; `assumed.rs`, `summary/assumed.rs` |
//! | which model follows which; what a launch that slips takes | `job/products.rs`, `demand/booking.rs`; `roadmap.rs` |
//! | how many machines can be assembled, parts other than chips | `job/factory.rs`, `job/parts.rs`; what they let ship: `supply/assembly.rs`, `supply/parts.rs`; which chips that leaves useless: `supply/assembled.rs` |
//! | what machines in the field draw for repairs | `job/spares.rs`; chips by month: `supply/fleet.rs` |
//! | how much is ordered, and when | `supply/orders.rs`; service level: `supply/economics.rs`; which foundry: `supply/sourcing.rs` |
//! | who the machines are for: groups, what is not signed, power, retention, the largest of them | `accounts/`; the exports: `ingest/exports/customers.rs`, `pipeline.rs`; what the orders say of a customer: `ingest/orders/accounts.rs` |
//! | what a machine is worth: sold, cleared, mined with; list prices | `selling/` |
//! | what runs at the maker's own sites, and the room left there | `job/pricing.rs`, `job/check_mining.rs`; `selling/site.rs`, `supply/room.rs` |
//! | a column of a table: what it is, its cell, its head for people | its declaration in the table's file in `tables/` |
//! | which rows, columns and series page and workbook show | `views/`; what an interval is called: `views/interval.rs` |
//! | what survives a crash, who may read it | `publish/lock.rs`, `publish/vintage.rs`, `publish/rights.rs` |
//! | how vintages are called | `publish/name.rs` |
//! | which vintages stand, and what people do to them | `publish/listing.rs`, `publish/withdrawn.rs`, `publish/latest.rs` |
//! | what `wafercast check` shows of every export | `read_report.rs`, `ingest/cells/seen.rs` |
//! | how this vintage is compared with earlier ones | `vintages/`; cash: `vintages/cash.rs` |
//! | what people read first | `summary.rs`, `summary/changed.rs`; the page: `page/mod.rs` |
//! | commands and options, their examples; dates on the command line | `cli/args.rs`; `cli/dates.rs` |
//! | what `wafercast show` prints of a stored vintage | `show.rs`; its lines: `summary/stored.rs`; which vintage: `publish/opened.rs` |
//! | what `wafercast explain` says of a number | `explain/`: a wafer order, a customer's order, a month |
//! | what `wafercast inspect` proposes for a file | `ingest/inspect/`: names and words of other systems: `meaning.rs`; unnamed market values: `market.rs`; the section: `propose.rs` |
//! | what `wafercast init` gives | `init.rs`, `jobs/schedule/` |
//! | a file format | `publish/files.rs`; how CSV is written: `table/dialect.rs` |
//! | a sheet or chart of the workbook | `workbook/` |
//! | the forms of the dictionary | `tables/dictionary.rs` |
//! | what a text of an export may do to a terminal or a page | `text.rs` |
//! | which quarter is taken without `as_of` | `today.rs` |
//! | what a run reads, and as of which date | `inputs.rs` |
//! | what runs on several threads | `parallel.rs`; rows of exports: `ingest/rows/scan.rs` |
//! | the order of the stages | `run.rs` |

pub mod accounts;
mod assumed;
pub mod backtest;
pub mod cash;
pub mod cli;
pub mod demand;
pub mod diagnostic;
pub mod domain;
pub mod error;
pub mod evaluate;
pub mod exit_code;
pub mod explain;
pub mod fit;
pub mod history;
mod implausible;
pub mod ingest;
pub mod init;
pub mod inputs;
pub mod inspect;
pub mod job;
pub mod log;
pub mod market;
pub mod mix;
mod notices;
pub mod page;
mod parallel;
pub mod progress;
pub mod publish;
pub mod read_report;
pub mod reconcile;
#[cfg(test)]
mod recorded;
pub mod render;
mod roadmap;
pub mod run;
pub mod selling;
pub mod shape;
pub mod show;
pub mod summary;
pub mod supply;
pub mod table;
pub mod tables;
pub mod text;
pub mod today;
mod views;
pub mod vintages;
pub mod workbook;
