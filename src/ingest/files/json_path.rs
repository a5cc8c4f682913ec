//! Where the rows of JSON are, and the keys inside them.

use serde_json::{Map, Value};

/// Deepest objects that are looked into.
const DEEPEST: usize = 6;

/// The rows that a path of names with points between leads to. Where it goes through a list, each of its objects gives its own
/// rows, and they get what stands beside them under the name of that list: `orders.line_items` gives the lines, each with
/// `orders.name`.
///
/// # Errors
/// The reason, as a sentence fragment.
pub(super) fn rows(value: Value, path: &str) -> Result<Vec<Value>, String> {
    let names: Vec<&str> = path.split('.').filter(|name| !name.is_empty()).collect();
    let mut found = Vec::new();
    descend(value, (&names, 0), &Map::new(), &mut found)?;
    Ok(found)
}

fn descend(
    value: Value,
    (names, at): (&[&str], usize),
    beside: &Map<String, Value>,
    found: &mut Vec<Value>,
) -> Result<(), String> {
    let path = || names.get(..at).unwrap_or_default().join(".");
    match (value, names.get(at)) {
        (Value::Array(items), None) => {
            for item in items {
                found.push(with(item, beside));
            }
            Ok(())
        }
        (Value::Object(object), None) => {
            found.push(with(Value::Object(object), beside));
            Ok(())
        }
        (Value::Array(items), Some(_)) => {
            for item in items {
                let mut beside = beside.clone();
                if let Value::Object(object) = &item {
                    let outer = names.get(..at).unwrap_or_default().last().copied().unwrap_or("root");
                    let own = object.iter().filter(|(_, value)| !value.is_array());
                    beside.extend(own.map(|(key, value)| (format!("{outer}.{key}"), value.clone())));
                }
                descend(item, (names, at), &beside, found)?;
            }
            Ok(())
        }
        (Value::Object(mut object), Some(name)) => {
            if let Some(inner) = object.remove(*name) {
                descend(inner, (names, at + 1), beside, found)
            } else {
                let known: Vec<String> = object.keys().take(20).cloned().collect();
                Err(format!(
                    "has no `{name}` at `{}` of its json_path (its names: {})",
                    path(),
                    known.join(", ")
                ))
            }
        }
        (Value::Null, _) => Ok(()),
        _ => Err(format!("has no list at `{}`, where its json_path leads", path())),
    }
}

/// A row with what stands beside its list.
fn with(item: Value, beside: &Map<String, Value>) -> Value {
    match item {
        Value::Object(mut object) => {
            for (key, value) in beside {
                object.entry(key.clone()).or_insert_with(|| value.clone());
            }
            Value::Object(object)
        }
        other => other,
    }
}

/// A row whose inner objects are keys with points: `customer.name`.
pub(super) fn flat(row: Value) -> Value {
    let Value::Object(object) = row else { return row };
    if !object.values().any(Value::is_object) {
        return Value::Object(object);
    }
    let mut all = Map::new();
    spread(object, "", DEEPEST, &mut all);
    Value::Object(all)
}

fn spread(object: Map<String, Value>, before: &str, deeper: usize, all: &mut Map<String, Value>) {
    for (key, value) in object {
        let key = if before.is_empty() { key } else { format!("{before}.{key}") };
        match value {
            Value::Object(inner) if deeper > 0 => spread(inner, &key, deeper - 1, all),
            other => drop(all.insert(key, other)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_through_lists_and_keeps_what_stands_beside() {
        let text = r#"{"data": {"orders": [
            {"name": "A", "customer": {"name": "X"}, "lines": [{"sku": "M", "n": 1}, {"sku": "N", "n": 2}]},
            {"name": "B", "lines": []}, {"name": "C", "lines": null}]}}"#;
        let value: Value = serde_json::from_str(text).unwrap();
        let found: Vec<String> = rows(value.clone(), "data.orders.lines")
            .unwrap()
            .into_iter()
            .map(|row| flat(row).to_string())
            .collect();
        assert_eq!(
            found,
            [
                r#"{"n":1,"orders.customer.name":"X","orders.name":"A","sku":"M"}"#,
                r#"{"n":2,"orders.customer.name":"X","orders.name":"A","sku":"N"}"#
            ]
        );
        assert_eq!(rows(value.clone(), "data.orders").unwrap().len(), 3);
        assert!(rows(value.clone(), "data.order").unwrap_err().contains("no `order` at `data`"));
        assert!(rows(value, "data.orders.name.x").is_err());
    }
}
