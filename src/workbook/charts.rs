//! The charts.

use rust_xlsxwriter::{
    Chart, ChartAxisDateUnitType, ChartAxisLabelPosition, ChartEmptyCells, ChartFont, ChartFormat,
    ChartLegendPosition, ChartLine, ChartLineDashType, ChartMarker, ChartMarkerType, ChartSolidFill,
    ChartType,
};

use super::plotted::{Block, Plotted};
use super::style::colour;

/// Size of a chart in pixels.
const SIZE: (u32, u32) = (560, 310);

/// A range that a chart draws: sheet, first row, first column, last row, last column.
pub(super) type Drawn<'a> = (&'a str, u32, u16, u32, u16);

/// Colours of series that have no meaning of their own.
const SERIES: [u32; 6] =
    [colour::BLUE, colour::ORANGE, colour::GREEN, colour::PURPLE, colour::SKY, colour::RED];

fn font(size: u32) -> ChartFont {
    let mut font = ChartFont::new();
    font.set_size(size).set_color(0x37_4151_u32);
    font
}

fn line(colour: u32, width: f64) -> ChartLine {
    let mut line = ChartLine::new();
    line.set_color(colour).set_width(width);
    line
}

fn dashed(colour: u32, width: f64) -> ChartLine {
    let mut line = line(colour, width);
    line.set_dash_type(ChartLineDashType::Dash);
    line
}

fn fill(colour: u32) -> ChartFormat {
    let mut format = ChartFormat::new();
    format.set_solid_fill(ChartSolidFill::new().set_color(colour)).set_no_border();
    format
}

fn no_marker() -> ChartMarker {
    let mut marker = ChartMarker::new();
    marker.set_none();
    marker
}

/// Title, axes and legend that all charts have.
fn dress(chart: &mut Chart, title: &str, axis: &str, alt: &str) {
    chart.set_width(SIZE.0).set_height(SIZE.1).set_alt_text(alt).set_name(title);
    chart.title().set_name(title).set_font(font(12).set_bold()).set_overlay(false);
    chart.legend().set_position(ChartLegendPosition::Bottom).set_font(&font(9));
    chart.y_axis().set_name(axis).set_name_font(font(9).unset_bold()).set_font(&font(9));
    chart.y_axis().set_num_format("#,##0").set_major_gridlines_line(&line(colour::LIGHT, 0.75));
    chart.x_axis().set_font(&font(9)).set_label_position(ChartAxisLabelPosition::Low);
    chart.show_empty_cells_as(ChartEmptyCells::Gaps);
}

/// A date axis with a label every so many months.
fn months(chart: &mut Chart, every: u32) {
    chart
        .x_axis()
        .set_date_axis(true)
        .set_num_format("mmm yy")
        .set_major_unit(every)
        .set_major_unit_date_type(ChartAxisDateUnitType::Months);
}

fn add_line(chart: &mut Chart, block: &Block, series: u16, style: &ChartLine) {
    chart
        .add_series()
        .set_categories(block.categories())
        .set_values(block.values(series))
        .set_name(block.head(series))
        .set_marker(&no_marker())
        .set_format(&mut style.clone());
}

/// Shipments of the past, the forecast and its 80% interval.
pub(super) fn fan(plotted: &Plotted) -> Chart {
    let block = &plotted.fan;
    let mut chart = Chart::new(ChartType::AreaStacked);
    let mut clear = ChartFormat::new();
    clear.set_no_fill().set_no_border();
    for (series, mut format) in [(1, clear), (2, fill(colour::BAND))] {
        chart
            .add_series()
            .set_categories(block.categories())
            .set_values(block.values(series))
            .set_name(block.head(series))
            .set_format(&mut format);
    }
    let mut lines = Chart::new(ChartType::Line);
    add_line(&mut lines, block, 0, &line(colour::NAVY, 2.25));
    add_line(&mut lines, block, 3, &line(colour::ORANGE, 2.25));
    add_line(&mut lines, block, 4, &dashed(colour::GREEN, 1.75));
    chart.combine(&lines);
    dress(
        &mut chart,
        "Machines shipped a month, and forecast with 80% interval",
        "machines a month",
        "Fan chart: machines shipped in each past month, then the mean forecast of twelve months with its 80% interval and what supply lets ship. Its numbers are on sheet Chart data.",
    );
    months(&mut chart, 3);
    chart.legend().delete_entries(&[0]);
    chart
}

/// What the forecast is made of.
pub(super) fn stacked(plotted: &Plotted) -> Chart {
    let block = &plotted.stacked;
    let mut chart = Chart::new(ChartType::ColumnStacked);
    for (series, colour) in [(0, colour::BLUE), (1, colour::ORANGE)] {
        chart
            .add_series()
            .set_categories(block.categories())
            .set_values(block.values(series))
            .set_name(block.head(series))
            .set_format(&mut fill(colour))
            .set_gap(60);
    }
    let mut lines = Chart::new(ChartType::Line);
    let mut diamond = ChartMarker::new();
    diamond.set_type(ChartMarkerType::Diamond).set_size(7).set_format(&mut fill(colour::NAVY));
    let mut hidden = ChartLine::new();
    hidden.set_hidden(true);
    lines
        .add_series()
        .set_categories(block.categories())
        .set_values(block.values(2))
        .set_name(block.head(2))
        .set_marker(&diamond)
        .set_format(&mut hidden);
    add_line(&mut lines, block, 3, &dashed(colour::GREEN, 1.75));
    chart.combine(&lines);
    dress(
        &mut chart,
        "Forecast: expected of today's orders and orders still to come",
        "machines a month",
        "Stacked columns by month: machines expected of today's orders and of orders still to come, with the contract schedule and what supply lets ship. Its numbers are on sheet Chart data.",
    );
    months(&mut chart, 1);
    chart
}

/// Wafers to order by the month in which to place them.
pub(super) fn wafers(plotted: &Plotted) -> Chart {
    let block = &plotted.wafers;
    let mut chart = Chart::new(ChartType::ColumnStacked);
    for (series, colour) in (0..block.series.len()).zip(SERIES.iter().cycle()) {
        let series = u16::try_from(series).unwrap_or(0);
        chart
            .add_series()
            .set_categories(block.categories())
            .set_values(block.values(series))
            .set_name(block.head(series))
            .set_format(&mut fill(*colour))
            .set_gap(60);
    }
    dress(
        &mut chart,
        "Wafers to order, by the month in which to place the order",
        "wafers",
        "Stacked columns: wafers to order by place-by month and chip. Its numbers are on sheet Wafer orders.",
    );
    months(&mut chart, 1);
    chart
}

/// Cash by month and its running sum under each scenario.
pub(super) fn cash(plotted: &Plotted) -> Chart {
    let block = &plotted.cash;
    let mut chart = Chart::new(ChartType::Column);
    chart
        .add_series()
        .set_categories(block.categories())
        .set_values(block.values(0))
        .set_name(block.head(0))
        .set_format(&mut fill(colour::BAND))
        .set_gap(60);
    let mut lines = Chart::new(ChartType::Line);
    for series in 1..block.series.len() {
        let style = scenario(&block.series[series]);
        add_line(&mut lines, block, u16::try_from(series).unwrap_or(0), &style);
    }
    chart.combine(&lines);
    dress(
        &mut chart,
        "Cash: net of the month and cumulative exposure",
        "million USD",
        "Columns: net cash of each month in the base scenario; lines: cash since the as-of date under each scenario. The lowest point is the largest exposure. Its numbers are on sheet Cash.",
    );
    chart.y_axis().set_num_format("#,##0.0,,");
    months(&mut chart, 1);
    chart
}

/// How a scenario is drawn: base whole, bear and bull dashed.
fn scenario(head: &str) -> ChartLine {
    if head.contains("bear") {
        dashed(colour::RED, 1.75)
    } else if head.contains("bull") {
        dashed(colour::GREEN, 1.75)
    } else {
        line(colour::BLUE, 2.25)
    }
}

/// A series of a market chart: what it is called and where it is.
pub(super) struct MarketSeries<'a> {
    /// Column, of which the scenario decides the line.
    pub(super) name: &'a str,
    /// Values.
    pub(super) values: Drawn<'a>,
}

/// Actual and forecast course of one number of the market.
pub(super) fn market(
    title: &str,
    axis: &str,
    form: &str,
    categories: Drawn<'_>,
    series: &[MarketSeries<'_>],
) -> Chart {
    let mut chart = Chart::new(ChartType::Line);
    for one in series {
        let mut style = match one.name {
            "actual" => line(colour::NAVY, 2.25),
            "p10" | "p90" => {
                let mut thin = line(colour::GREY, 1.0);
                thin.set_dash_type(ChartLineDashType::RoundDot);
                thin
            }
            other => scenario(other),
        };
        chart
            .add_series()
            .set_categories(categories)
            .set_values(one.values)
            .set_name(one.name)
            .set_marker(&no_marker())
            .set_format(&mut style);
    }
    let alt = format!(
        "Lines: {title}, actual for the past months and by scenario for the months ahead. Its numbers are on this sheet."
    );
    dress(&mut chart, title, axis, &alt);
    chart.y_axis().set_num_format(form);
    months(&mut chart, 6);
    chart.set_width(390).set_height(290);
    chart
}

/// From the forecast of an earlier vintage to this one.
pub(super) fn bridge(previous: &str, block: &Block) -> Chart {
    let mut chart = Chart::new(ChartType::ColumnStacked);
    let mut clear = ChartFormat::new();
    clear.set_no_fill().set_no_border();
    for (series, mut format) in
        [(0, clear), (1, fill(colour::NAVY)), (2, fill(colour::GREEN)), (3, fill(colour::RED))]
    {
        chart
            .add_series()
            .set_categories(block.categories())
            .set_values(block.values(series))
            .set_name(block.head(series))
            .set_format(&mut format)
            .set_gap(40);
    }
    dress(
        &mut chart,
        &format!("From {previous} to now: the months that both forecast"),
        "machines",
        "Bridge: the forecast of the earlier vintage, what was added to it and taken from it by cause, and the forecast now. Its numbers are on this sheet.",
    );
    // Columns that do not begin at 0 would make a change look larger than it is.
    chart.y_axis().set_min(0);
    chart.legend().delete_entries(&[0]);
    chart
}
