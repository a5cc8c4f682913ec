//! A picture as SVG, by plotters: drawn twice, wide and for a phone, so that its words are of a size that can be read on both.

use maud::{Markup, PreEscaped, html};
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::error::Error;
use crate::views::figure::{Along, Role};
use crate::views::words;

use super::axis::{Scale, months_written};

/// Marks of one role. Horizontal places count columns: the middle of the first is 0.5.
#[derive(Clone, Debug)]
pub(super) enum Layer {
    /// An area between lower and upper ends.
    Band(Role, Vec<(f64, f64, f64)>),
    /// A line.
    Line(Role, Vec<(f64, f64)>),
    /// Rectangles: left, right, from, to.
    Bars(Role, Vec<(f64, f64, f64, f64)>),
    /// Short level strokes: left, right, height.
    Strokes(Role, Vec<(f64, f64, f64)>),
    /// Words above (or below) a point.
    Words(Vec<(f64, f64, String)>),
}

impl Layer {
    fn draw<DB: DrawingBackend>(
        &self,
        area: &DrawingArea<DB, Plane>,
    ) -> Result<(), DrawingAreaErrorKind<DB::ErrorType>> {
        match self {
            Self::Band(role, points) => {
                let there = points.iter().map(|(x, _, high)| (*x, *high));
                let back = points.iter().rev().map(|(x, low, _)| (*x, *low));
                let outline: Vec<(f64, f64)> = there.chain(back).collect();
                area.draw(&Polygon::new(outline, colour(*role).filled()))?;
            }
            Self::Line(role, points) => area.draw(&PathElement::new(points.clone(), stroke(*role)))?,
            Self::Bars(role, bars) => {
                for (x0, x1, from, to) in bars.iter().filter(|(_, _, from, to)| from != to) {
                    let corners = [(*x0, from.max(*to)), (*x1, from.min(*to))];
                    area.draw(&Rectangle::new(corners, colour(*role).filled()))?;
                }
            }
            Self::Strokes(role, strokes) => {
                for (x0, x1, y) in strokes {
                    area.draw(&PathElement::new(vec![(*x0, *y), (*x1, *y)], stroke(*role)))?;
                }
            }
            // Written last, over everything else.
            Self::Words(_) => {}
        }
        Ok(())
    }
}

/// The plane that a picture is drawn in.
type Plane = Cartesian2d<RangedCoordf64, Scale>;

/// What drawing gives.
type Drawn = Result<(), Box<dyn std::error::Error>>;

/// A word at a place in pixels.
struct Word {
    text: String,
    role: Role,
    at: (i32, i32),
    across: HPos,
    up: VPos,
}

/// The name of a series beside it.
#[derive(Clone, Debug)]
pub(super) struct Label {
    /// Its colour.
    pub(super) role: Role,
    /// The name.
    pub(super) name: String,
    /// The column above which it stands; on the right of all where there is none.
    pub(super) x: Option<f64>,
    /// Height.
    pub(super) y: f64,
}

/// A picture.
#[derive(Clone, Debug)]
pub(super) struct Picture {
    /// Name within the page.
    pub(super) id: &'static str,
    /// What it shows.
    pub(super) title: String,
    /// Its message with the main numbers, for who cannot see it.
    pub(super) message: String,
    /// Unit of the vertical axis.
    pub(super) unit: &'static str,
    /// The tables that it was drawn from.
    pub(super) source: &'static str,
    /// Horizontal axis.
    pub(super) along: Along,
    /// Marks, from back to front.
    pub(super) layers: Vec<Layer>,
    /// What each series is.
    pub(super) labels: Vec<Label>,
    /// Where something else begins, in columns, and its name.
    pub(super) now: Option<(f64, &'static str)>,
}

/// Size of a drawing in its own pixels.
#[derive(Clone, Copy, Debug)]
struct Size {
    name: &'static str,
    width: u32,
    height: u32,
    /// Height of letters.
    letters: f64,
}

/// On a wide screen and on paper, beside the figures of the first screen, and on a phone.
const WIDE: Size = Size { name: "wide", width: 920, height: 270, letters: 13.0 };
const FIRST: Size = Size { name: "wide", width: 660, height: 330, letters: 12.5 };
const NARROW: Size = Size { name: "narrow", width: 380, height: 260, letters: 12.0 };

impl Picture {
    /// The picture with its title and source, below a headline where it is the first of the page.
    ///
    /// # Errors
    /// [`Error::Internal`] when it cannot be drawn.
    pub(super) fn figure(&self, headline: Option<&Markup>) -> Result<Markup, Error> {
        let (wide, narrow) = (self.svg(if headline.is_some() { FIRST } else { WIDE })?, self.svg(NARROW)?);
        Ok(html! {
            figure id=(self.id) {
                figcaption {
                    @if let Some(headline) = headline { p.headline { (headline) } }
                    @else { strong { (self.title) } ", " }
                    @if headline.is_some() { (self.title) ", " }
                    (self.unit) " " span.source { "from " (super::parts::sources(self.source)) }
                }
                (wide)
                (narrow)
            }
        })
    }

    fn svg(&self, size: Size) -> Result<Markup, Error> {
        let mut drawn = String::new();
        self.draw(size, &mut drawn).map_err(|e| Error::Internal(format!("chart {}: {e}", self.id)))?;
        // plotters opens with its own <svg ...>, whose fixed size would not follow the page.
        let marks = drawn.split_once('>').and_then(|(_, rest)| rest.rsplit_once("</svg>"));
        let marks = marks.map(|(marks, _)| marks.trim()).unwrap_or_default();
        let marks = marks.replace(" opacity=\"1\"", "").replace(" \"/>", "\"/>");
        let title = format!("{}-{}-title", self.id, size.name);
        let message = format!("{}-{}-message", self.id, size.name);
        Ok(html! {
            svg class=(format!("chart {}", size.name)) viewBox=(format!("0 0 {} {}", size.width, size.height))
                role="img" aria-labelledby=(format!("{title} {message}")) {
                title id=(title) { (self.title) }
                desc id=(message) { (self.message) }
                (PreEscaped(marks))
            }
        })
    }

    fn draw(&self, size: Size, into: &mut String) -> Drawn {
        let root = SVGBackend::with_string(into, (size.width, size.height)).into_drawing_area();
        let columns = self.columns();
        let scale = Scale::new(self.heights(), if size.height > 300 { 6 } else { 4 });
        let widest = scale.ticks.iter().map(|t| words::number(*t, scale.decimals).chars().count()).max();
        let left = (widest.unwrap_or(1) as f64 * size.letters * 0.58 + 14.0) as u32;
        let names =
            self.labels.iter().filter(|label| label.x.is_none()).map(|label| label.name.chars().count());
        let right = (names.max().unwrap_or(0) as f64 * size.letters * 0.56 + 12.0) as u32;
        let bottom = if matches!(self.along, Along::Names(_)) { 2.6 } else { 1.9 };
        let mut chart = ChartBuilder::on(&root)
            .margin_top(14)
            .margin_right(right)
            .x_label_area_size((size.letters * bottom) as u32)
            .y_label_area_size(left)
            .build_cartesian_2d(0.0..columns, scale.clone())?;
        let written = |value: &f64| words::number(*value, scale.decimals);
        chart
            .configure_mesh()
            .disable_x_mesh()
            .disable_x_axis()
            .y_labels(scale.ticks.len())
            .bold_line_style(stroke(Role::Grid))
            .light_line_style(TRANSPARENT)
            .axis_style(TRANSPARENT)
            .set_all_tick_mark_size(4)
            .y_label_style(font(size, Role::Faint))
            .y_label_formatter(&written)
            .draw()?;
        for layer in &self.layers {
            layer.draw(chart.plotting_area())?;
        }
        let line = |ends: [(f64, f64); 2]| PathElement::new(ends.to_vec(), stroke(Role::Axis));
        chart.plotting_area().draw(&line([(0.0, 0.0), (columns, 0.0)]))?;
        if let Some((now, _)) = self.now {
            chart.plotting_area().draw(&line([(now, scale.low), (now, scale.high)]))?;
        }
        // Words are placed in pixels, so that they can be kept apart.
        let pixel = |x: f64, y: f64| chart.plotting_area().map_coordinate(&(x, y));
        for word in self.words(size, &scale, pixel) {
            let style = font(size, word.role).pos(Pos::new(word.across, word.up));
            root.draw_text(&word.text, &style, word.at)?;
        }
        root.present()?;
        Ok(())
    }

    fn columns(&self) -> f64 {
        self.along.len().max(1) as f64
    }

    /// Every word but the numbers of the vertical axis.
    fn words(&self, size: Size, scale: &Scale, pixel: impl Fn(f64, f64) -> (i32, i32)) -> Vec<Word> {
        let word = |text: &str, role, at, across, up| Word { text: text.to_owned(), role, at, across, up };
        let mut all = Vec::new();
        let (from, to) = (pixel(0.0, scale.low), pixel(self.columns(), scale.low));
        let (width, below) = (f64::from(to.0 - from.0), from.1 + (size.letters * 0.55) as i32);
        match &self.along {
            Along::Months(months) => {
                for index in months_written(months, width, size.letters * 5.2) {
                    if let Some(month) = months.get(index) {
                        let at = (pixel(index as f64 + 0.5, 0.0).0, below);
                        all.push(word(&words::month(*month), Role::Faint, at, HPos::Center, VPos::Top));
                    }
                }
            }
            Along::Names(names) => {
                // Where names would touch, every other one stands a line lower.
                let longest = names.iter().map(|name| name.chars().count()).max().unwrap_or(0) as f64;
                let tight = width / self.columns() < longest * size.letters * 0.55;
                for (index, name) in names.iter().enumerate() {
                    let lower = if tight && index % 2 == 1 { (size.letters * 1.1) as i32 } else { 0 };
                    let at = (pixel(index as f64 + 0.5, 0.0).0, below + lower);
                    all.push(word(name, Role::Faint, at, HPos::Center, VPos::Top));
                }
            }
        }
        if let Some((now, name)) = self.now {
            let (x, y) = pixel(now, scale.high);
            all.push(word(name, Role::Faint, (x + 5, y + 2), HPos::Left, VPos::Top));
        }
        for layer in &self.layers {
            if let Layer::Words(said) = layer {
                for (x, y, text) in said {
                    let (x, y) = pixel(*x, *y);
                    all.push(word(text, Role::Ink, (x, y - 3), HPos::Center, VPos::Bottom));
                }
            }
        }
        for label in &self.labels {
            if let Some(x) = label.x {
                let (x, y) = pixel(x, label.y);
                all.push(word(&label.name, label.role, (x, y - 4), HPos::Center, VPos::Bottom));
            }
        }
        let ends = self.names_at_ends(size, pixel).into_iter();
        all.extend(ends.map(|(name, role, at)| word(&name, role, at, HPos::Left, VPos::Center)));
        all
    }

    /// Names on the right, moved apart where they would lie on each other.
    fn names_at_ends(
        &self,
        size: Size,
        pixel: impl Fn(f64, f64) -> (i32, i32),
    ) -> Vec<(String, Role, (i32, i32))> {
        let ends = self.labels.iter().filter(|label| label.x.is_none());
        let mut names: Vec<(String, Role, (i32, i32))> = ends
            .map(|label| {
                let (x, y) = pixel(self.columns(), label.y);
                (label.name.clone(), label.role, (x + 5, y))
            })
            .collect();
        names.sort_by_key(|(_, role, (_, y))| (*y, *role));
        let apart = (size.letters * 1.05) as i32;
        for place in 1..names.len() {
            let above = names.get(place - 1).map_or(0, |(_, _, (_, y))| *y);
            if let Some((_, _, (_, y))) = names.get_mut(place) {
                *y = (*y).max(above + apart);
            }
        }
        let floor = i32::try_from(size.height).unwrap_or(0) - 3 * apart;
        let beyond = names.last().map_or(0, |(_, _, (_, y))| (*y - floor).max(0));
        for (_, _, (_, y)) in &mut names {
            *y -= beyond;
        }
        names
    }

    /// Every height that the vertical axis has to hold.
    fn heights(&self) -> impl Iterator<Item = f64> {
        let mut heights = Vec::new();
        for layer in &self.layers {
            match layer {
                Layer::Band(_, points) => {
                    heights.extend(points.iter().flat_map(|(_, low, high)| [*low, *high]));
                }
                Layer::Line(_, points) => heights.extend(points.iter().map(|(_, y)| *y)),
                Layer::Bars(_, bars) => heights.extend(bars.iter().flat_map(|(_, _, from, to)| [*from, *to])),
                Layer::Strokes(_, strokes) => heights.extend(strokes.iter().map(|(_, _, y)| *y)),
                // Room for the words above the highest point.
                Layer::Words(words) => heights.extend(words.iter().map(|(_, y, _)| *y * 1.06)),
            }
        }
        heights.into_iter()
    }
}

/// Letters in the colour of a role. plotters divides the size by 1.24 again.
fn font(size: Size, role: Role) -> TextStyle<'static> {
    ("sans-serif", size.letters * 1.24).into_font().color(&colour(role))
}

fn colour(role: Role) -> RGBColor {
    let (red, green, blue) = role.rgb();
    RGBColor(red, green, blue)
}

fn stroke(role: Role) -> ShapeStyle {
    colour(role).stroke_width(role.width())
}
