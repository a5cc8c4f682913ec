//! A figure as marks of a picture.

use maud::{Markup, html};

use crate::error::Error;
use crate::views::figure::{Along, Figure, Mark, Role, Series};

use super::draw::{Layer, Picture};

/// Edges of a column within its place.
const EDGES: (f64, f64) = (0.18, 0.82);
/// Edges of a stroke, and of a group of columns beside each other.
const WIDE: (f64, f64) = (0.08, 0.92);

/// The figure drawn, or nothing where there is none.
///
/// # Errors
/// [`Error::Internal`] when it cannot be drawn.
pub(super) fn drawn(figure: Option<&Figure>) -> Result<Markup, Error> {
    figure.map_or_else(|| Ok(html! {}), |figure| Picture::from(figure).figure())
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
        // What is forecast opens from the last value that is known.
        let opened = |series: &Series| {
            let open = known.filter(|(index, ..)| series.role != Role::Actual && *index + 1 < places);
            open.into_iter().chain(given(figure, series)).collect::<Vec<_>>()
        };
        let beside = figure.series.iter().filter(|series| series.mark == Mark::Beside).count();
        let (mut above, mut below) = (vec![0.0; places], vec![0.0; places]);
        let mut besides = 0;
        let mut layers = Vec::new();
        for series in &figure.series {
            let bar = |index: usize, (left, right): (f64, f64), from: f64, to: f64| {
                (index as f64 + left, index as f64 + right, from, to)
            };
            layers.push(match series.mark {
                Mark::Band => {
                    let points =
                        opened(series).into_iter().map(|(index, low, high)| (middle(index), low, high));
                    Layer::Band(series.role, points.collect())
                }
                Mark::Line => {
                    let points = opened(series).into_iter().map(|(index, _, y)| (middle(index), y)).collect();
                    Layer::Line(series.role, points, end_name(figure, series.role))
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
                Mark::Beside => {
                    let width = (WIDE.1 - WIDE.0) / beside as f64;
                    let left = WIDE.0 + width * f64::from(besides);
                    besides += 1;
                    let bars =
                        given(figure, series).map(|(index, _, y)| bar(index, (left, left + width), 0.0, y));
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
        // Lines explain themselves best in front of what is behind them.
        let legend = figure.series.iter().map(|series| (series.role, series.name.clone())).collect();
        Self {
            id: figure.id,
            title: figure.title.clone(),
            message: figure.message.clone(),
            unit: figure.unit,
            source: figure.source,
            along: figure.along.clone(),
            layers,
            legend,
            now: figure.now.map(|(index, name)| (index as f64, name)),
        }
    }
}

/// What is written at the end of a line: the scenario, where there are several.
fn end_name(figure: &Figure, role: Role) -> &'static str {
    let several = matches!(&figure.along, Along::Months(_))
        && figure.series.iter().any(|series| series.role == Role::Bear);
    match role {
        Role::Bear => "bear",
        Role::Bull => "bull",
        Role::Forecast if several => "base",
        _ => "",
    }
}
