//! Pieces that every section is made of.

use maud::{Markup, Render, html};

use crate::views::{Entry, Form, Grid, Verdict};

/// Characters from which on a column of names may be broken into lines.
const LONG_NAME: usize = 24;

/// A table of more rows may be broken over pages of paper.
const TALL: usize = 11;

/// How a column is set: numbers to the right, days and words on one line, sentences on as many as they need.
fn class(grid: &Grid, index: usize) -> &'static str {
    let form = grid.heads.get(index).map_or(Form::Text, |head| head.form);
    let entries = || grid.rows.iter().filter_map(|row| row.get(index));
    match form {
        Form::Long => "long",
        Form::Day | Form::Month => "day",
        _ if form.is_number() => "number",
        _ if entries().any(|entry| entry.shown().chars().count() > LONG_NAME) => "name",
        _ => "words",
    }
}

fn cell(entry: &Entry) -> Markup {
    let text = entry.shown();
    let verdict = match &entry.cell {
        crate::table::Cell::Text(word) if entry.form == Form::Words => Verdict::of(word),
        _ => None,
    };
    let mark = match verdict {
        Some(Verdict::Good) => "good",
        Some(Verdict::Bad) => "bad",
        _ => "none",
    };
    html! {
        @if verdict.is_some() { span.status.(mark) { (text) } }
        @else if entry.main { strong { (text) } }
        @else { (text) }
    }
}

impl Render for Grid {
    fn render(&self) -> Markup {
        let classes: Vec<String> = (0..self.heads.len())
            .map(|index| {
                let wide = self.heads.get(index).is_some_and(|head| !head.phone);
                format!("{}{}", class(self, index), if wide { " wide-only" } else { "" })
            })
            .collect();
        let row = |entries: &[Entry]| {
            html! {
                tr {
                    @for (index, (entry, class)) in entries.iter().zip(&classes).enumerate() {
                        @if index == 0 {
                            th scope="row" class=(class) { (cell(entry)) }
                        } @else {
                            td class=(class) { (cell(entry)) }
                        }
                    }
                }
            }
        };
        html! {
            div class=(if self.rows.len() > TALL { "scroll tall" } else { "scroll" }) tabindex="0" role="region" aria-label=(format!("Table: {}", self.title)) {
                table {
                    caption { (self.title) " " span.source { "from " (sources(self.source)) } }
                    thead {
                        tr {
                            @for (head, class) in self.heads.iter().zip(&classes) {
                                th scope="col" class=(class) {
                                    (head.what)
                                    @if !head.below.is_empty() { " " span.unit { (head.below) } }
                                }
                            }
                        }
                    }
                    tbody { @for entries in &self.rows { (row(entries)) } }
                    @if let Some(total) = &self.total { tfoot { (row(total)) } }
                }
            }
        }
    }
}

/// A grid where it has rows, and a note below it.
pub(super) fn noted(grid: Grid, note: &str) -> Markup {
    html! {
        @if let Some(grid) = grid.some() {
            (grid)
            @if !note.is_empty() { p.note { (note) } }
        }
    }
}

/// Names of published tables.
pub(super) fn sources(tables: &str) -> Markup {
    html! {
        @for (index, table) in tables.split(", ").enumerate() {
            @if index > 0 { ", " }
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
