//! Figures as numbers in cells, and charts that draw those: viewers without formulas draw them too.

use rust_xlsxwriter::{
    Chart, ChartAxisDateUnitType, ChartAxisLabelPosition, ChartEmptyCells, ChartFont, ChartFormat,
    ChartLegendPosition, ChartLine, ChartLineDashType, ChartMarker, ChartMarkerType, ChartSolidFill,
    ChartType, Worksheet,
};

use crate::error::Error;
use crate::publish::Manifest;
use crate::views::figure::{Along, Figure, Mark, Role, Series};
use crate::views::{Tables, figures, inputs};

use super::sheet::{Sheet, fitting};
use super::style::{Look, MONTH, WHOLE, colour};

/// Name of the sheet.
const SHEET: &str = "Chart data";
/// Row of the titles.
const TOP: u32 = 2;

/// Name of the sheet of charts.
pub(super) const CHARTS: &str = "Charts";
/// Rows of a chart, with one below it.
const HIGH: u32 = 17;

/// The figures that the first sheet shows.
#[derive(Debug, Default)]
pub(super) struct Plotted {
    /// Past and forecast.
    pub(super) shipments: Option<Block>,
    /// Cash.
    pub(super) cash: Option<Block>,
}

impl Plotted {
    /// Writes the sheet of all charts, and that of their numbers.
    pub(super) fn new(
        tables: Tables<'_>,
        manifest: &Manifest,
    ) -> Result<(Self, Worksheet, Worksheet), Error> {
        let mut sheet = Sheet::new(
            SHEET,
            "Numbers that the charts draw",
            "From the tables; all models, base scenario where not said otherwise. Nothing here needs to be printed.",
        )?;
        let [hashprice, difficulty, price] = figures::outlook(tables);
        let mut all = vec![
            figures::shipments(tables),
            figures::cash(tables),
            figures::parts(tables),
            figures::supply(tables),
            figures::wafers(tables),
            figures::budgets(tables),
            hashprice,
            difficulty,
            price,
        ];
        all.extend(inputs::bridged(tables).into_iter().map(|previous| figures::bridge(tables, previous)));
        let mut left = 0;
        let mut blocks = Vec::new();
        for figure in all {
            let block = figure.map(|figure| Block::write(&mut sheet, (TOP, left), figure)).transpose()?;
            left += block.as_ref().map_or(0, Block::columns);
            blocks.push(block);
        }
        sheet.widths(&vec![13.0; usize::from(left)])?;
        sheet.paper(manifest, usize::from(left).div_ceil(12), (TOP + 2, 0))?;
        let mut charts = Sheet::new(CHARTS, "Charts", &format!("Their numbers are on sheet {SHEET}."))?;
        for (index, block) in (0_u32..).zip(blocks.iter().flatten()) {
            let col = if index % 2 == 0 { 0 } else { 7 };
            charts.chart(2 + HIGH * (index / 2), col, &block.chart())?;
        }
        charts.widths(&[11.5; 14])?;
        charts.pages(&[2 + 2 * HIGH, 2 + 4 * HIGH])?;
        charts.paper(manifest, 1, (0, 0))?;
        let mut blocks = blocks.into_iter();
        let plotted = Self { shipments: blocks.next().flatten(), cash: blocks.next().flatten() };
        Ok((plotted, charts.cells, sheet.cells))
    }
}

/// Most characters of the text that stands for a chart.
const ALT: usize = 250;
/// Size of a chart in pixels.
const SIZE: (u32, u32) = (560, 310);

/// Where a figure's numbers are: categories in the first column, then one or two columns a series.
#[derive(Clone, Debug)]
pub(super) struct Block {
    sheet: &'static str,
    heads: u32,
    left: u16,
    bottom: u32,
    figure: Figure,
}

/// Columns of a series: below what floats stands what is not drawn.
fn width(series: &Series) -> u16 {
    if floats(series) { 2 } else { 1 }
}

fn floats(series: &Series) -> bool {
    matches!(series.mark, Mark::Band | Mark::Float)
}

/// The values of a series as they are written: before a band begins it has no width and lies on what is known. Viewers that take an
/// empty cell of an area for 0 would draw a spur from there.
fn joined(figure: &Figure, series: &Series) -> Vec<Option<(f64, f64)>> {
    let mut values = series.values.clone();
    let begin = values.iter().position(Option::is_some).unwrap_or(0);
    let known = figure.series.iter().find(|series| series.role == Role::Actual);
    if let (Mark::Band, Some(known)) = (series.mark, known) {
        values.iter_mut().zip(&known.values).take(begin).for_each(|(band, known)| *band = *known);
    }
    values
}

/// The form of an axis whose numbers are shown in thousands of thousands and so on.
fn axis_form(scale: f64) -> String {
    let commas = (scale.log10() / 3.0).round() as usize;
    format!("#,##0{}{}", if commas > 0 { ".0" } else { "" }, ",".repeat(commas))
}

/// The form of a figure's cells: cents of prices, nothing below 1 of machines and amounts, and what is beyond any column's
/// width as on the axis.
fn cell_form(figure: &Figure) -> String {
    match figure.scale {
        scale if scale > 1e9 => axis_form(scale),
        _ if figure.unit.starts_with("USD") => "#,##0.00".to_owned(),
        _ => WHOLE.to_owned(),
    }
}

impl Block {
    /// Writes a figure's numbers below a heading.
    fn write(sheet: &mut Sheet, (top, left): (u32, u16), figure: Figure) -> Result<Self, Error> {
        let heads = top + 1;
        sheet.text(top, left, &format!("{} ({})", figure.title, figure.unit), Look::Block)?;
        let first = if matches!(figure.along, Along::Months(_)) { "Month" } else { "Step" };
        sheet.text(heads, left, first, Look::Head)?;
        let longest = figure.series.iter().map(|series| series.name.chars().count()).max().unwrap_or(0);
        // Two lines of a head, or as many as its longest name needs.
        sheet.height(heads, if longest > 24 { 60.0 } else { 30.0 })?;
        for (row, place) in (heads + 1..).zip(0..figure.along.len()) {
            match &figure.along {
                Along::Months(months) => sheet.date(row, left, months[place], Look::Plain, MONTH)?,
                Along::Names(names) => sheet.text(row, left, &names[place], Look::Plain)?,
            }
        }
        let mut col = left + 1;
        let form = cell_form(&figure);
        for series in &figure.series {
            if floats(series) {
                sheet.text(heads, col, &format!("below: {}", series.name), Look::HeadRight)?;
            }
            sheet.text(heads, col + width(series) - 1, &series.name, Look::HeadRight)?;
            for (row, value) in (heads + 1..).zip(joined(&figure, series)) {
                let Some((low, high)) = value else { continue };
                if floats(series) {
                    sheet.number(row, col, Some(low), Look::Plain, &form)?;
                    sheet.number(row, col + 1, Some(high - low), Look::Plain, &form)?;
                } else {
                    sheet.number(row, col, Some(high), Look::Plain, &form)?;
                }
            }
            col += width(series);
        }
        let bottom = heads + u32::try_from(figure.along.len()).unwrap_or(0);
        Ok(Self { sheet: sheet.name, heads, left, bottom, figure })
    }

    /// Columns that it takes, with one between it and the next.
    fn columns(&self) -> u16 {
        self.figure.series.iter().map(width).sum::<u16>() + 2
    }

    /// Adds the columns of a series to a chart: what is below it without a colour, and what it is.
    fn add(&self, chart: &mut Chart, place: usize, format: &ChartFormat, marker: &ChartMarker) {
        let series = &self.figure.series[place];
        let before: u16 = self.figure.series[..place].iter().map(width).sum();
        let mut clear = ChartFormat::new();
        clear.set_no_fill().set_no_border();
        for part in 0..width(series) {
            let col = self.left + 1 + before + part;
            let seen = part + 1 == width(series);
            chart
                .add_series()
                .set_categories((self.sheet, self.heads + 1, self.left, self.bottom, self.left))
                .set_values((self.sheet, self.heads + 1, col, self.bottom, col))
                .set_name((self.sheet, self.heads, col))
                .set_marker(marker)
                .set_format(&mut (if seen { format.clone() } else { clear.clone() }))
                .set_gap(60);
        }
    }

    /// The chart of these numbers.
    pub(super) fn chart(&self) -> Chart {
        let figure = &self.figure;
        let has = |mark: Mark| figure.series.iter().any(|series| series.mark == mark);
        let kind = match () {
            () if has(Mark::Band) => ChartType::AreaStacked,
            () if has(Mark::Stack) || has(Mark::Float) => ChartType::ColumnStacked,
            () => ChartType::Line,
        };
        let (mut chart, mut lines) = (Chart::new(kind), Chart::new(ChartType::Line));
        let mut none = ChartMarker::new();
        none.set_none();
        let (mut both, mut hidden, mut entry) = (false, Vec::new(), 0);
        for (index, series) in figure.series.iter().enumerate() {
            match series.mark {
                // Beside an interval what stands on the axis is a line: areas would be stacked on it.
                Mark::Line | Mark::Stack if series.mark == Mark::Line || kind == ChartType::AreaStacked => {
                    let mut format = ChartFormat::new();
                    format.set_line(&stroke(series.role));
                    let onto = if kind == ChartType::Line { &mut chart } else { &mut lines };
                    self.add(onto, index, &format, &none);
                    both |= kind != ChartType::Line;
                }
                Mark::Stroke => {
                    let mut format = ChartFormat::new();
                    format.set_line(ChartLine::new().set_hidden(true));
                    let mut diamond = ChartMarker::new();
                    diamond.set_type(ChartMarkerType::Diamond).set_size(7).set_format(&mut fill(series.role));
                    self.add(&mut lines, index, &format, &diamond);
                    both = true;
                }
                _ => {
                    self.add(&mut chart, index, &fill(series.role), &none);
                    if floats(series) {
                        hidden.push(entry);
                    }
                    entry += usize::from(width(series));
                }
            }
        }
        if both {
            chart.combine(&lines);
        }
        self.dress(&mut chart);
        chart.legend().delete_entries(&hidden);
        chart
    }

    /// Title, axes and legend.
    fn dress(&self, chart: &mut Chart) {
        let Figure { title, unit, message, .. } = &self.figure;
        let alt = format!("{title}. Its numbers are on sheet {}. {message}", self.sheet);
        chart.set_width(SIZE.0).set_height(SIZE.1).set_alt_text(fitting(&alt, ALT)).set_name(title);
        chart.title().set_name(title).set_font(font(12).set_bold()).set_overlay(false);
        chart.legend().set_position(ChartLegendPosition::Bottom).set_font(&font(9));
        chart.y_axis().set_name(*unit).set_name_font(font(9).unset_bold()).set_font(&font(9));
        let grid = line(colour::LIGHT, 0.75);
        chart.y_axis().set_num_format(axis_form(self.figure.scale)).set_major_gridlines_line(&grid);
        chart.x_axis().set_font(&font(9)).set_label_position(ChartAxisLabelPosition::Low);
        chart.show_empty_cells_as(ChartEmptyCells::Gaps);
        match &self.figure.along {
            Along::Months(months) => {
                chart
                    .x_axis()
                    .set_date_axis(true)
                    .set_num_format("mmm yy")
                    .set_major_unit(if months.len() > 18 { 3 } else { 1 })
                    .set_major_unit_date_type(ChartAxisDateUnitType::Months);
            }
            // Columns that do not begin at 0 would make a change look larger than it is.
            Along::Names(_) => {
                chart.y_axis().set_min(0);
            }
        }
    }
}

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

/// The line of a role: scenarios that are not the one to plan with are dashed, and what supply lets ship is dash-dotted, as on the page.
fn stroke(role: Role) -> ChartLine {
    let wide = matches!(role, Role::Actual | Role::Forecast);
    let mut line = line(paint(role), if wide { 2.25 } else { 1.75 });
    match role {
        Role::Bear | Role::Bull => line.set_dash_type(ChartLineDashType::Dash),
        Role::Limit => line.set_dash_type(ChartLineDashType::LongDashDot),
        _ => &mut line,
    };
    line
}

fn fill(role: Role) -> ChartFormat {
    let mut format = ChartFormat::new();
    format.set_solid_fill(ChartSolidFill::new().set_color(paint(role))).set_no_border();
    format
}

/// The colour of a role.
const fn paint(role: Role) -> u32 {
    match role {
        Role::Band => colour::BAND,
        Role::Sure | Role::Chip1 => colour::BLUE,
        Role::Forecast | Role::Coming | Role::Chip2 => colour::ORANGE,
        Role::Bull | Role::Good | Role::Chip3 => colour::GREEN,
        Role::Bear | Role::Bad => colour::RED,
        Role::Firm => colour::GREY,
        Role::Chip4 => colour::PURPLE,
        _ => colour::NAVY,
    }
}
