//! What the reader of TOML says, in words of a job file: its own are names of types of the language it is written in.

/// What may be expected, by the reader's name of it.
const EXPECTED: [(&str, &str); 16] = [
    ("u8", "a whole number from 0 to 255"),
    ("u16", "a whole number from 0 to 65535"),
    ("u32", "a whole number from 0 on"),
    ("u64", "a whole number from 0 on"),
    ("usize", "a whole number from 0 on"),
    ("i32", "a whole number"),
    ("i64", "a whole number"),
    ("f64", "a number"),
    ("a string", "text in quotes"),
    ("string", "text in quotes"),
    ("path string", "a path in quotes"),
    ("a boolean", "true or false"),
    ("a character", "one character in quotes"),
    ("a sequence", "a list, as in [1, 2]"),
    ("a map", "a table, as in { name = value }"),
    ("unit", "nothing"),
];

/// What stands there, by the reader's name of its kind.
const FOUND: [(&str, &str); 8] = [
    ("string ", "text "),
    ("integer ", "the number "),
    ("floating point ", "the number "),
    ("boolean ", ""),
    ("character ", "the character "),
    ("sequence", "a list"),
    ("map", "a table"),
    ("datetime", "a day"),
];

/// A message of the reader in plain words; what it does not know stays as it is.
pub(super) fn in_plain_words(message: &str) -> String {
    let Some((head, rest)) = ["invalid type: ", "invalid value: ", "invalid length "]
        .iter()
        .find_map(|head| Some((*head, message.strip_prefix(head)?)))
    else {
        return message.to_owned();
    };
    let Some((found, expected)) = rest.rsplit_once(", expected ") else { return message.to_owned() };
    let expected = match EXPECTED.iter().find(|(theirs, _)| *theirs == expected) {
        Some((_, ours)) => (*ours).to_owned(),
        // The names of sections and tables are those of the code.
        None if expected.starts_with("struct ") || expected.starts_with("internally tagged enum ") => {
            "a table with keys of its own".to_owned()
        }
        None if expected.starts_with("a sequence") || expected.starts_with("an array of") => {
            format!(
                "a list{}",
                expected.split_once(' ').map_or("", |(_, rest)| rest.trim_start_matches("sequence"))
            )
        }
        None => expected.to_owned(),
    };
    if head == "invalid length " {
        return format!("the list has {found} entries, expected {expected}");
    }
    let kind = FOUND.iter().find_map(|(theirs, ours)| Some((*ours, found.strip_prefix(theirs)?)));
    let found = kind.map_or_else(
        || found.to_owned(),
        |(ours, value)| {
            let bare = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
            bare.map_or_else(|| format!("{ours}{value}"), |text| format!("{ours}`{text}`"))
        },
    );
    format!("{found} stands here, expected {expected}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_type_of_the_language_is_told() {
        for (theirs, ours) in [
            (
                "invalid type: string \"a\", expected u32",
                "text `a` stands here, expected a whole number from 0 on",
            ),
            (
                "invalid value: integer `-1`, expected u64",
                "the number `-1` stands here, expected a whole number from 0 on",
            ),
            (
                "invalid type: integer `5`, expected a string",
                "the number `5` stands here, expected text in quotes",
            ),
            ("invalid type: map, expected a string", "a table stands here, expected text in quotes"),
            (
                "invalid type: sequence, expected struct Policy",
                "a list stands here, expected a table with keys of its own",
            ),
            ("invalid type: boolean `true`, expected f64", "`true` stands here, expected a number"),
            (
                "invalid type: floating point `1.5`, expected u32",
                "the number `1.5` stands here, expected a whole number from 0 on",
            ),
            ("unknown field `a`, expected `b`", "unknown field `a`, expected `b`"),
        ] {
            assert_eq!(in_plain_words(theirs), ours);
        }
    }
}
