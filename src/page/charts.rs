//! A figure as marks of a picture.

use maud::{Markup, html};

use crate::error::Error;
use crate::views::figure::{Figure, Mark, Role, Series};

use super::draw::{Label, Layer, Picture};

/// Edges of a column within its place.
const EDGES: (f64, f64) = (0.18, 0.82);
/// Edges of a stroke.
const WIDE: (f64, f64) = (0.08, 0.92);

/// The figure drawn, or nothing where there is none.
///
/// # Errors
/// [`Error::Internal`] when it cannot be drawn.
pub(super) fn drawn(figure: Option<&Figure>) -> Result<Markup, Error> {
    figure.map_or_else(|| Ok(html! {}), |figure| Picture::from(figure).figure(None))
}

/// The figure of the first screen below this headline.
///
/// # Errors
/// [`Error::Internal`] when it cannot be drawn.
pub(super) fn first(figure: &Figure, headline: &Markup) -> Result<Markup, Error> {
    Picture::from(figure).figure(Some(headline))
}

/// Middle of a place.
fn middle(index: usize) -> f64 {
    index as f64 + 0.5
}

/// Places that have a value, with both ends in the figure's unit.
fn given<'a>(figure: &'a Figure, series: &'a Series) -> impl Iterator<Item = (usize, f64, f64)> + 'a {
    let ends = move |(low, high): (f64, f64)| (low / figure.scale, high / figure.scale);
    let values = series.values.iter().enumerate();
    values.filter_map(move |(index, value)| value.map(ends).map(|(low, high)| (index, low, high)))
}

impl From<&Figure> for Picture {
    fn from(figure: &Figure) -> Self {
        let places = figure.along.len();
        let known = figure.series.iter().find(|series| series.role == Role::Actual);
        let known = known.and_then(|series| given(figure, series).last());
        // Lines go on from the last value that is known; an interval begins where something is forecast.
        let joined = |series: &Series| {
            let open = known.filter(|(index, ..)| series.role != Role::Actual && *index + 1 < places);
            open.into_iter().chain(given(figure, series)).collect::<Vec<_>>()
        };
        let (mut above, mut below) = (vec![0.0; places], vec![0.0; places]);
        let mut layers = Vec::new();
        for series in &figure.series {
            let bar = |index: usize, (left, right): (f64, f64), from: f64, to: f64| {
                (index as f64 + left, index as f64 + right, from, to)
            };
            layers.push(match series.mark {
                Mark::Band => {
                    let points = given(figure, series).map(|(index, low, high)| (middle(index), low, high));
                    Layer::Band(series.role, points.collect())
                }
                Mark::Line => {
                    let points = joined(series).into_iter().map(|(index, _, y)| (middle(index), y)).collect();
                    Layer::Line(series.role, points)
                }
                Mark::Stroke => {
                    let strokes = given(figure, series)
                        .map(|(index, _, y)| (index as f64 + WIDE.0, index as f64 + WIDE.1, y));
                    Layer::Strokes(series.role, strokes.collect())
                }
                Mark::Float => {
                    let bars = given(figure, series).map(|(index, low, high)| bar(index, EDGES, low, high));
                    Layer::Bars(series.role, bars.collect())
                }
                Mark::Stack => {
                    let bars = given(figure, series).map(|(index, _, value)| {
                        let base = if value < 0.0 { &mut below[index] } else { &mut above[index] };
                        let from = *base;
                        *base += value;
                        bar(index, EDGES, from, *base)
                    });
                    Layer::Bars(series.role, bars.collect())
                }
            });
        }
        if !figure.words.is_empty() {
            let said = figure.words.iter();
            layers.push(Layer::Words(
                said.map(|(index, y, text)| (middle(*index), *y, text.clone())).collect(),
            ));
        }
        Self {
            id: figure.id,
            title: figure.title.clone(),
            message: figure.message.clone(),
            unit: figure.unit,
            source: figure.source,
            along: figure.along.clone(),
            layers,
            labels: labels(figure),
            now: figure.now.map(|(index, name)| (index as f64, name)),
        }
    }
}

/// Characters of a name beside a chart; longer ones are cut to what tells them apart.
const NAME: usize = 14;

/// What each series is, written where it is seen: beside the end of those that go on to the last place, above the highest
/// value of the others. Columns that float are named by the axis.
fn labels(figure: &Figure) -> Vec<Label> {
    let places = figure.along.len();
    let mut base = 0.0;
    let mut labels = Vec::new();
    for series in figure.series.iter().filter(|series| series.mark != Mark::Float) {
        let Some((last, _, end)) = given(figure, series).last() else { continue };
        let role =
            if series.mark == Mark::Line || series.mark == Mark::Stroke { series.role } else { Role::Ink };
        let name = match series.name.chars().count() {
            0..=NAME => series.name.clone(),
            _ => series.name.replace("interval that ", "").replace(" at worst", ""),
        };
        if last + 1 < places && series.mark == Mark::Line {
            let inside =
                given(figure, series).filter(|(index, ..)| (2..last.saturating_sub(2)).contains(index));
            let highest = inside.max_by(|a, b| a.2.total_cmp(&b.2));
            labels.extend(highest.map(|(index, _, y)| Label { role, name, x: Some(middle(index)), y }));
            continue;
        }
        let y = match series.mark {
            Mark::Stack => {
                let height =
                    series.values.last().copied().flatten().map_or(0.0, |(_, high)| high / figure.scale);
                base += height;
                base - height / 2.0
            }
            // The upper edge of a band is its own; its middle is full of lines.
            _ => end,
        };
        labels.push(Label { role, name, x: None, y });
    }
    labels
}
