//! Names of months in the languages of the exports that are read, as English ones: forms of dates know those alone.

/// January to December, in small letters: German, French, Spanish, Italian, Portuguese, Dutch, Turkish, Russian, and what English
/// forms do not take.
const NAMES: [&[&str]; 12] = [
    &[
        "januar",
        "jänner",
        "jan",
        "janvier",
        "janv",
        "enero",
        "ene",
        "gennaio",
        "gen",
        "janeiro",
        "januari",
        "ocak",
        "oca",
        "январь",
        "января",
        "янв",
    ],
    &[
        "februar",
        "feber",
        "février",
        "fevrier",
        "févr",
        "fevr",
        "fév",
        "febrero",
        "febbraio",
        "fevereiro",
        "fev",
        "februari",
        "şubat",
        "şub",
        "февраль",
        "февраля",
        "фев",
    ],
    &[
        "märz",
        "maerz",
        "mrz",
        "mär",
        "mars",
        "marzo",
        "março",
        "marco",
        "maart",
        "mrt",
        "mart",
        "март",
        "марта",
        "мар",
    ],
    &["avril", "avr", "abril", "abr", "aprile", "nisan", "nis", "апрель", "апреля", "апр"],
    &["mai", "mayo", "maggio", "mag", "maio", "mei", "mayıs", "май", "мая"],
    &["juni", "juin", "junio", "giugno", "giu", "junho", "haziran", "haz", "июнь", "июня", "июн"],
    &["juli", "juillet", "juil", "julio", "luglio", "lug", "julho", "temmuz", "tem", "июль", "июля", "июл"],
    &["août", "aout", "agosto", "ago", "augustus", "ağustos", "ağu", "август", "августа", "авг"],
    &[
        "sept",
        "septembre",
        "septiembre",
        "setiembre",
        "settembre",
        "set",
        "setembro",
        "eylül",
        "eyl",
        "сентябрь",
        "сентября",
        "сен",
        "сент",
    ],
    &[
        "oktober",
        "okt",
        "octobre",
        "octubre",
        "ottobre",
        "ott",
        "outubro",
        "out",
        "ekim",
        "eki",
        "октябрь",
        "октября",
        "окт",
    ],
    &["novembre", "noviembre", "novembro", "kasım", "kas", "ноябрь", "ноября", "ноя"],
    &[
        "dezember",
        "dez",
        "décembre",
        "decembre",
        "déc",
        "diciembre",
        "dic",
        "dicembre",
        "dezembro",
        "aralık",
        "ara",
        "декабрь",
        "декабря",
        "дек",
    ],
];

/// What those are called here.
const ENGLISH: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// A text with the name of its month in English: with the point behind an abbreviation, where one stands there, and without.
/// Empty where it names no month in another language.
pub(crate) fn in_english(text: &str) -> Vec<String> {
    let mut begin = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        match (c.is_alphabetic(), begin) {
            (true, None) => begin = Some(at),
            (false, Some(from)) => {
                let word = text.get(from..at).unwrap_or_default().to_lowercase();
                let month = NAMES.iter().position(|names| names.contains(&word.as_str()));
                if let Some(english) = month.and_then(|month| ENGLISH.get(month)) {
                    let (before, after) =
                        (text.get(..from).unwrap_or_default(), text.get(at..).unwrap_or_default());
                    let mut found = vec![format!("{before}{english}{after}")];
                    found.extend(after.strip_prefix('.').map(|after| format!("{before}{english}{after}")));
                    return found;
                }
                begin = None;
            }
            _ => {}
        }
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_in_their_languages() {
        for (text, english) in [
            ("Okt 25", "Oct 25"),
            ("déc. 2025", "Dec 2025"),
            ("5. März 2025", "5. Mar 2025"),
            ("05.мая.2025", "05.May.2025"),
            ("Eyl-25", "Sep-25"),
        ] {
            assert!(in_english(text).contains(&english.to_owned()), "{text}: {:?}", in_english(text));
        }
        for text in ["Oct 25", "Total", "2025-10", "Marge 25", ""] {
            assert!(in_english(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn no_name_is_that_of_two_months() {
        for (month, names) in NAMES.iter().enumerate() {
            for name in *names {
                let others = NAMES.iter().enumerate().filter(|(other, _)| *other != month);
                assert!(!others.into_iter().any(|(_, names)| names.contains(name)), "{name}");
            }
        }
    }
}
