//! Pieces that every section is made of.

use maud::{Markup, Render, html};

/// A table for people. The first column names the row.
#[derive(Debug)]
pub(super) struct Grid {
    /// What it shows.
    pub(super) caption: String,
    /// The published tables that it was made from, separated by commas.
    pub(super) source: &'static str,
    /// Heads of the columns.
    pub(super) heads: Vec<Head>,
    /// Cells by row.
    pub(super) rows: Vec<Vec<Markup>>,
    /// A last row of totals.
    pub(super) total: Option<Vec<Markup>>,
}

/// Head of a column.
#[derive(Clone, Debug)]
pub(super) struct Head {
    what: String,
    unit: &'static str,
    class: &'static str,
}

/// A column of names: a word or two.
pub(super) fn words(what: &str) -> Head {
    Head { what: what.to_owned(), unit: "", class: "words" }
}

/// A column of days or months, which are never broken.
pub(super) fn days(what: &str) -> Head {
    Head { what: what.to_owned(), unit: "", class: "day" }
}

/// A column of long names, which may be broken.
pub(super) fn names(what: &str) -> Head {
    Head { what: what.to_owned(), unit: "", class: "name" }
}

/// A column of sentences.
pub(super) fn long(what: &str) -> Head {
    Head { what: what.to_owned(), unit: "", class: "long" }
}

/// A column of numbers in a unit.
pub(super) fn numbers(what: &str, unit: &'static str) -> Head {
    Head { what: what.to_owned(), unit, class: "number" }
}

/// A cell with a text; it is escaped.
pub(super) fn cell(text: impl AsRef<str>) -> Markup {
    html! { (text.as_ref()) }
}

impl Render for Grid {
    fn render(&self) -> Markup {
        let class = |place: usize| self.heads.get(place).map(|head| head.class);
        let row = |cells: &[Markup]| {
            html! {
                tr {
                    @for (place, cell) in cells.iter().enumerate() {
                        @if place == 0 {
                            th scope="row" class=[class(place)] { (cell) }
                        } @else {
                            td class=[class(place)] { (cell) }
                        }
                    }
                }
            }
        };
        html! {
            div.scroll tabindex="0" role="region" aria-label=(format!("Table: {}", self.caption)) {
                table {
                    caption { (self.caption) " " span.source { "from " (sources(self.source)) } }
                    thead {
                        tr {
                            @for (place, head) in self.heads.iter().enumerate() {
                                th scope="col" class=[class(place)] {
                                    (head.what)
                                    @if !head.unit.is_empty() { " " span.unit { (head.unit) } }
                                }
                            }
                        }
                    }
                    tbody { @for cells in &self.rows { (row(cells)) } }
                    @if let Some(total) = &self.total { tfoot { (row(total)) } }
                }
            }
        }
    }
}

/// Names of published tables.
pub(super) fn sources(tables: &str) -> Markup {
    html! {
        @for (place, table) in tables.split(", ").enumerate() {
            @if place > 0 { ", " }
            code { (table) }
        }
    }
}

/// What stands where a table has no rows.
pub(super) fn no_data(what: &str) -> Markup {
    html! { p.nothing { "No data: " (what) } }
}

/// A section of the story.
pub(super) fn section(id: &str, title: &str, content: &Markup) -> Markup {
    html! {
        section id=(id) aria-labelledby=(format!("{id}-title")) {
            h2 id=(format!("{id}-title")) { (title) }
            (content)
        }
    }
}

/// A list of sentences.
pub(super) fn list(lines: &[String]) -> Markup {
    html! { ul { @for line in lines { li { (line) } } } }
}
