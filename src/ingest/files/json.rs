//! JSON as rows of named cells: lists of objects or of arrays, as publishers' interfaces and other systems give them.
//! From there on they are read by the same rules as the rows of a text.

use std::collections::BTreeSet;
use std::path::Path;

use csv::StringRecord;
use serde_json::{Map, Value};

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::ingest::names::folded;
use crate::job::Export;

use super::json_path;

/// Names of a list that say nothing of what is in it, the likelier ones first.
const ANY_LIST: [&str; 7] = ["data", "values", "value", "results", "items", "rows", "records"];

/// Names of a list of the names of columns.
const NAMES: [&str; 3] = ["column_names", "columns", "fields"];

/// Most names of columns: every row is as wide as all of them.
const MOST_COLUMNS: usize = 1000;

/// The rows of a JSON file.
pub(in crate::ingest) struct Json {
    /// Names of the columns; a list of points takes the name of its values from its own.
    pub headers: Vec<String>,
    keys: Vec<String>,
    rows: Vec<Value>,
}

/// The list of a file that an export is read from.
#[derive(Default)]
struct List {
    name: String,
    rows: Vec<Value>,
    /// Names of the columns that stand beside it.
    names: Vec<String>,
}

impl Json {
    /// Finds the list that gives the export.
    pub(in crate::ingest) fn read(
        path: &Path,
        bytes: &[u8],
        export: &str,
        declared: &Export,
    ) -> Result<Self, Diagnostic> {
        let mut values = Vec::new();
        for value in serde_json::Deserializer::from_slice(bytes).into_iter::<Value>() {
            values.push(value.map_err(|e| {
                let place = Place { path: path.to_owned(), line: e.line() as u64, ..Place::default() };
                Diagnostic::error(Code::DamagedFile, place, format!("is not whole JSON: {e}"))
            })?);
        }
        // Several values, one after the other, are an object a line.
        let whole = if values.len() == 1 { values.pop().unwrap_or_default() } else { Value::Array(values) };
        let named = |reason| Diagnostic::error(Code::MissingColumn, Place::file(path), reason);
        let mut lists = BTreeSet::new();
        let list = match declared.json_path.as_deref() {
            Some(at) => List { rows: json_path::rows(whole, at).map_err(named)?, ..List::default() },
            None => list(whole, export, &mut lists).ok_or_else(|| {
                let lists: Vec<String> = lists.into_iter().collect();
                let lists = if lists.is_empty() { "none".to_owned() } else { lists.join(", ") };
                named(format!("holds no list that gives {export} (its lists: {lists})"))
            })?,
        };
        let list = List { rows: list.rows.into_iter().map(json_path::flat).collect(), ..list };
        Self::of(list, export, declared)
            .ok_or_else(|| named(format!("is JSON of a shape that gives no {export}: rows must be objects, or lists with names, of at most {MOST_COLUMNS} columns")))
    }

    fn of(list: List, export: &str, declared: &Export) -> Option<Self> {
        let List { name, rows, names } = list;
        let (mut known, mut keys, mut longest) = (BTreeSet::new(), Vec::new(), 0);
        for row in &rows {
            match row {
                Value::Object(object) => {
                    keys.extend(object.keys().filter(|key| known.insert(key.as_str())).cloned());
                }
                Value::Array(cells) => longest = longest.max(cells.len()),
                _ => return None,
            }
            if keys.len().max(longest) > MOST_COLUMNS {
                return None;
            }
        }
        let mut headers = match (keys.is_empty(), longest) {
            (false, _) => keys.clone(),
            (true, 0) => Vec::new(),
            (true, cells) if cells <= names.len() => names,
            (true, 2) => vec!["x".to_owned(), "y".to_owned()],
            // mempool.space, difficulty-adjustments: [seconds, height, difficulty, ratio].
            (true, 3 | 4) if export == "difficulty" => {
                ["timestamp", "height", "difficulty", "ratio"].map(str::to_owned)[..longest].to_vec()
            }
            _ => return None,
        };
        let has = |part: &str| headers.iter().any(|header| folded(header).contains(part));
        // Hashrate Index: price and timestamp; unless the job says itself what its price is.
        let declared = declared.columns.values().any(|name| folded(name) == "price");
        let price = export == "hashprice" && !has("hashprice") && !declared;
        for header in &mut headers {
            if header == "y" && !name.is_empty() {
                header.clone_from(&name);
            } else if header == "price" && price {
                "hashprice".clone_into(header);
            }
        }
        Some(Self { headers, keys, rows })
    }

    /// Every row; cells of columns that are not `wanted`, and what is null or absent, are empty.
    pub(in crate::ingest) fn rows(&self, wanted: &[usize], mut each: impl FnMut(&mut StringRecord)) {
        let mut record = StringRecord::new();
        for row in &self.rows {
            record.clear();
            for place in 0..self.headers.len() {
                let cell = match self.keys.get(place) {
                    Some(key) => row.get(key),
                    None => row.get(place),
                };
                match cell.filter(|_| wanted.contains(&place)) {
                    None | Some(Value::Null) => record.push_field(""),
                    Some(Value::String(text)) => record.push_field(text),
                    Some(other) => record.push_field(&other.to_string()),
                }
            }
            each(&mut record);
        }
    }
}

/// The list of rows that gives an export: the one of its name, else one whose name says nothing, else the only one.
fn list(value: Value, export: &str, seen: &mut BTreeSet<String>) -> Option<List> {
    let mut object = match value {
        Value::Array(rows) => return Some(List { rows, ..List::default() }),
        Value::Object(object) => object,
        _ => return None,
    };
    let is_list = |(_, value): &(&String, &Value)| {
        value.as_array().is_some_and(|rows| rows.iter().all(|row| row.is_object() || row.is_array()))
    };
    let mut lists: Vec<String> = object.iter().filter(is_list).map(|(name, _)| name.clone()).collect();
    seen.extend(lists.iter().cloned());
    let own = if export == "hashprice" { "miners-revenue" } else { export };
    let wanted = [export, own].into_iter().chain(ANY_LIST);
    let named = wanted.into_iter().find(|name| lists.iter().any(|list| list == name)).map(str::to_owned);
    if let Some(name) = named.or_else(|| lists.pop().filter(|_| lists.is_empty())) {
        let Some(Value::Array(rows)) = object.remove(&name) else { return None };
        let name = if ANY_LIST.contains(&name.as_str()) { String::new() } else { name };
        return Some(List { name, rows, names: names(&object) });
    }
    object.into_iter().filter(|(_, value)| value.is_object()).find_map(|(_, inner)| list(inner, export, seen))
}

fn names(object: &Map<String, Value>) -> Vec<String> {
    let texts = |list: &Vec<Value>| list.iter().map(|name| Some(name.as_str()?.to_owned())).collect();
    NAMES.iter().find_map(|name| texts(object.get(*name)?.as_array()?)).unwrap_or_default()
}
