//! What each thing looks like in every chart, in the light and the dark theme.
//!
//! A chart is drawn in the light colours. Each belongs to one [`Role`], so that a style sheet finds it by its value and can
//! give it the colour of the theme, a dash or a hatch: `[stroke="#0B5CAD"] { stroke: var(--forecast) }`. No role is shown
//! apart by colour alone: lines by dash and a name at their end, areas by hatch or a step in lightness.

use std::fmt::Write as _;

use crate::views::figure::Role;

/// How a role is filled or drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Look {
    Text,
    Solid,
    Hatch(u8),
    Line { width: u8, dash: &'static str },
}

/// Name, look, light colour, dark colour.
const ROLES: [(Role, &str, Look, u32, u32); 20] = [
    (Role::Ink, "ink", Look::Text, 0x0016_1B22, 0x00E6_EAEF),
    (Role::Faint, "faint", Look::Text, 0x004F_5965, 0x00A9_B3BF),
    (Role::Grid, "grid", Look::Line { width: 1, dash: "none" }, 0x00DD_E2E8, 0x0030_3841),
    (Role::Axis, "axis", Look::Line { width: 1, dash: "none" }, 0x0078_838F, 0x007C_8793),
    (Role::Actual, "actual", Look::Line { width: 2, dash: "none" }, 0x0024_2C35, 0x00DD_E3EA),
    (Role::Forecast, "forecast", Look::Line { width: 3, dash: "none" }, 0x000B_5CAD, 0x006C_B2F5),
    (Role::Bear, "bear", Look::Line { width: 2, dash: "2 3" }, 0x00A6_4B08, 0x00F0_A15E),
    (Role::Bull, "bull", Look::Line { width: 2, dash: "8 4" }, 0x000A_7558, 0x0057_C7A5),
    (Role::Band, "band", Look::Solid, 0x00CF_E2F6, 0x0020_3D5C),
    (Role::Sure, "sure", Look::Solid, 0x000A_5BAC, 0x004F_96DB),
    (Role::Coming, "coming", Look::Hatch(45), 0x005C_97D0, 0x0086_BDF0),
    (Role::Bad, "bad", Look::Hatch(135), 0x00B2_4A00, 0x00F0_9A52),
    (Role::Good, "good", Look::Solid, 0x000A_7A5C, 0x004F_C3A0),
    (Role::Total, "total", Look::Solid, 0x004A_5562, 0x009A_A6B3),
    (Role::Limit, "limit", Look::Line { width: 2, dash: "10 3 2 3" }, 0x0025_2D36, 0x00DC_E2E9),
    (Role::Firm, "firm", Look::Solid, 0x007C_8998, 0x0076_8494),
    (Role::Chip1, "chip1", Look::Solid, 0x000A_5AAB, 0x004F_97DC),
    (Role::Chip2, "chip2", Look::Hatch(45), 0x00A8_5A00, 0x00E8_B25E),
    (Role::Chip3, "chip3", Look::Solid, 0x003F_8F74, 0x0096_D9C2),
    (Role::Chip4, "chip4", Look::Hatch(135), 0x006B_5AA0, 0x00B4_A4EA),
];

impl Role {
    fn entry(self) -> (&'static str, Look, u32, u32) {
        let found = ROLES.iter().find(|entry| entry.0 == self);
        found.map_or(("ink", Look::Text, 0, 0), |entry| (entry.1, entry.2, entry.3, entry.4))
    }

    /// The colour that it is drawn in: red, green, blue.
    pub(super) fn rgb(self) -> (u8, u8, u8) {
        let [_, red, green, blue] = self.entry().2.to_be_bytes();
        (red, green, blue)
    }

    /// The same as the charts write it.
    fn hex(self) -> String {
        format!("#{:06X}", self.entry().2)
    }

    /// Width of its line.
    pub(super) fn width(self) -> u32 {
        match self.entry().1 {
            Look::Line { width, .. } => u32::from(width),
            _ => 1,
        }
    }
}

/// The style sheet of the charts: colours of both themes as variables, and which mark gets which.
pub(super) fn css() -> String {
    let mut css = String::new();
    // Writing to a text cannot fail.
    let mut variables = |head: &str, dark: bool, tail: &str| {
        let _ = write!(css, "{head}");
        for (_, name, _, light_colour, dark_colour) in ROLES {
            let _ = write!(css, "--{name}:#{:06X};", if dark { dark_colour } else { light_colour });
        }
        let _ = writeln!(css, "{tail}");
    };
    variables(":root{", false, "}");
    // Paper is light, whatever the screen is.
    variables("@media screen and (prefers-color-scheme:dark){:root{", true, "}}");
    for (role, name, look, ..) in ROLES {
        let hex = role.hex();
        let _ = match look {
            Look::Text | Look::Solid => writeln!(css, "svg [fill=\"{hex}\"]{{fill:var(--{name})}}"),
            Look::Hatch(_) => writeln!(css, "svg [fill=\"{hex}\"]{{fill:url(#hatch-{name})}}"),
            Look::Line { dash, .. } => writeln!(
                css,
                "svg [stroke=\"{hex}\"]{{stroke:var(--{name});stroke-dasharray:{dash}}}svg [fill=\"{hex}\"]{{fill:var(--{name})}}"
            ),
        };
    }
    css
}

/// The hatches, as the name of a role and the angle of its lines.
pub(super) fn hatches() -> impl Iterator<Item = (&'static str, u8)> {
    ROLES.iter().filter_map(|(_, name, look, ..)| match look {
        Look::Hatch(angle) => Some((*name, *angle)),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Relative luminance, WCAG 2.2.
    fn luminance(colour: u32) -> f64 {
        let channel = |byte: u8| {
            let share = f64::from(byte) / 255.0;
            if share <= 0.040_45 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
        };
        let [_, red, green, blue] = colour.to_be_bytes();
        0.2126 * channel(red) + 0.7152 * channel(green) + 0.0722 * channel(blue)
    }

    fn contrast(a: u32, b: u32) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn a_colour_belongs_to_one_role() {
        let colours: BTreeSet<u32> = ROLES.iter().map(|entry| entry.3).collect();
        assert_eq!(colours.len(), ROLES.len());
        for (index, entry) in ROLES.iter().enumerate() {
            assert_eq!(entry.0 as usize, index, "in the order of the roles");
        }
    }

    #[test]
    fn marks_and_words_stand_out_from_the_page_in_both_themes() {
        let (light_page, dark_page) = (0x00FF_FFFF, 0x0011_161B);
        for (role, name, look, light, dark) in ROLES {
            // WCAG 2.2: 4.5 for words, 3 for what has to be seen; grid and interval lie behind what does.
            let least = match (role, look) {
                (Role::Grid | Role::Band, _) => continue,
                (_, Look::Text | Look::Line { .. }) => 4.5,
                _ => 3.0,
            };
            let least = if role == Role::Axis { 3.0 } else { least };
            assert!(contrast(light, light_page) >= least, "{name}, light");
            assert!(contrast(dark, dark_page) >= least, "{name}, dark");
        }
    }
}
