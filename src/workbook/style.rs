//! Colours and cell formats.

use rust_xlsxwriter::{Format, FormatAlign, FormatBorder};

use crate::views::{Form, Verdict};

/// Colours of cells and charts; those of charts can be distinguished without colour vision (Okabe and Ito's set).
pub(super) mod colour {
    /// Titles, headers.
    pub(in super::super) const NAVY: u32 = 0x1F_3A5F;
    /// Actual values, the base scenario, firm orders.
    pub(in super::super) const BLUE: u32 = 0x00_72B2;
    /// The 80% interval.
    pub(in super::super) const BAND: u32 = 0xBF_DCEE;
    /// Forecast, what is still to come.
    pub(in super::super) const ORANGE: u32 = 0xE6_9F00;
    /// Bull, supply.
    pub(in super::super) const GREEN: u32 = 0x00_9E73;
    /// Bear, short.
    pub(in super::super) const RED: u32 = 0xD5_5E00;
    /// Further series.
    pub(in super::super) const PURPLE: u32 = 0xCC_79A7;
    /// Lines, notes.
    pub(in super::super) const GREY: u32 = 0x6B_7280;
    /// Grid lines.
    pub(in super::super) const LIGHT: u32 = 0xD9_DEE5;
    /// Block titles.
    pub(in super::super) const PALE: u32 = 0xE8_EEF5;
    /// Background and text of what is short or late.
    pub(in super::super) const BAD: [u32; 2] = [0xFB_D5D5, 0x8C_1D18];
    /// Background and text of what needs a look.
    pub(in super::super) const WATCH: [u32; 2] = [0xFF_EBC2, 0x7A_4D00];
    /// Background and text of what is well.
    pub(in super::super) const GOOD: [u32; 2] = [0xD5_F0E1, 0x0B_5A35];
}

/// Number formats.
pub(super) const WHOLE: &str = "#,##0";
pub(super) const SHARE: &str = "0.0%";
pub(super) const MONTH: &str = "mmm yyyy";
pub(super) const DAY: &str = "yyyy-mm-dd";

/// How a cell looks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Look {
    /// The sheet's title.
    Title,
    /// A line below the title.
    Note,
    /// Title of a block.
    Block,
    /// Head of a column.
    Head,
    /// Head of a column of numbers.
    HeadRight,
    /// A cell.
    Plain,
    /// A cell whose text may need several lines.
    Wrapped,
    /// A cell of a row of totals.
    Total,
    /// A figure to be seen first.
    Figure,
    /// What the figure is.
    FigureLabel,
}

/// A format.
pub(super) fn format(look: Look, number: &str) -> Format {
    let base = Format::new().set_font_size(10).set_align(FormatAlign::VerticalCenter).set_num_format(number);
    let head = || {
        base.clone()
            .set_bold()
            .set_font_color(0xFF_FFFF)
            .set_background_color(colour::NAVY)
            .set_text_wrap()
            .set_align(FormatAlign::VerticalCenter)
    };
    match look {
        Look::Title => base.set_font_size(16).set_bold().set_font_color(colour::NAVY),
        Look::Note => base.set_font_color(colour::GREY).set_italic(),
        Look::Block => {
            base.set_font_size(11).set_bold().set_font_color(colour::NAVY).set_background_color(colour::PALE)
        }
        Look::Head => head().set_align(FormatAlign::Left),
        Look::HeadRight => head().set_align(FormatAlign::Right),
        Look::Plain => base,
        Look::Wrapped => base.set_text_wrap().set_align(FormatAlign::Left).set_align(FormatAlign::Top),
        Look::Total => base.set_bold().set_border_top(FormatBorder::Thin).set_border_top_color(colour::NAVY),
        Look::Figure => base
            .set_font_size(18)
            .set_bold()
            .set_font_color(colour::NAVY)
            .set_align(FormatAlign::Center)
            .set_background_color(colour::PALE),
        Look::FigureLabel => base
            .set_font_color(colour::GREY)
            .set_align(FormatAlign::Center)
            .set_background_color(colour::PALE),
    }
}

/// A cell in the colours of what its word says.
pub(super) fn coloured_cell(format: Format, [background, text]: [u32; 2]) -> Format {
    format.set_background_color(background).set_font_color(text)
}

/// Colours of a verdict.
pub(super) const fn verdict_colours(verdict: Verdict) -> [u32; 2] {
    match verdict {
        Verdict::Good => colour::GOOD,
        Verdict::Watch => colour::WATCH,
        Verdict::Bad => colour::BAD,
    }
}

/// A format for conditional colours.
pub(super) fn coloured([background, text]: [u32; 2]) -> Format {
    Format::new().set_background_color(background).set_font_color(text)
}

/// Number format of a form. The value keeps its decimals; money is shown in whole dollars where it is large.
pub(super) fn number_format(form: Form) -> String {
    match form {
        Form::Text | Form::Words | Form::Long => "General".to_owned(),
        Form::Month => MONTH.to_owned(),
        Form::Day => DAY.to_owned(),
        Form::Share | Form::Bias => SHARE.to_owned(),
        Form::Change => "+#,##0;-#,##0;0".to_owned(),
        Form::Money => "[>=1000]#,##0;[<=-1000]-#,##0;#,##0.00".to_owned(),
        Form::Number(0) => WHOLE.to_owned(),
        // A column of values of several units.
        Form::Number(4) => "[>=1000]#,##0;[<=-1000]-#,##0;0.0000".to_owned(),
        Form::Number(decimals) => format!("#,##0.{}", "0".repeat(usize::from(decimals))),
    }
}
