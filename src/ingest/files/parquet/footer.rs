//! What the end of a Parquet file says of its columns and where they lie.

use super::thrift::{Compact, TRUE};
use super::zone::{self, Zones};

/// Most bytes of one cell.
pub(super) const MOST_BYTES: usize = 1 << 16;

/// What a column is said to mean, beyond how it is stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Meaning {
    Text,
    /// Whole numbers with this many decimals.
    Decimal(usize),
    Date,
    Time,
    /// Ticks a second; whether they count from a moment that is the same everywhere.
    Timestamp(i64, bool),
    Unsigned,
    HalfFloat,
    Uuid,
    Other,
}

/// One node of the schema.
#[derive(Clone, Debug, Default)]
struct Element {
    name: String,
    stored: Option<i32>,
    length: i32,
    repetition: i32,
    children: usize,
    converted: Option<i32>,
    scale: i32,
    logical: Option<Meaning>,
    /// Its kind of group, by the format's name.
    group: &'static str,
}

/// How a value is stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Stored {
    Boolean,
    Int32,
    Int64,
    Int96,
    Float,
    Double,
    Bytes,
    Fixed(usize),
}

/// A column of the table: a value a row, or something that a cell cannot hold.
#[derive(Clone, Debug)]
pub(super) struct Top {
    pub name: String,
    /// Place of its first stored column.
    pub leaf: usize,
    pub shape: Result<Shape, String>,
}

/// A column with one value a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Shape {
    pub stored: Stored,
    pub meaning: Option<Meaning>,
    pub optional: bool,
}

/// Where a stored column of a group of rows lies.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Piece {
    pub codec: i32,
    pub values: i64,
    pub packed: i64,
    pub data: i64,
    pub dictionary: i64,
}

/// Some consecutive rows.
#[derive(Clone, Debug, Default)]
pub(super) struct Group {
    pub rows: i64,
    pub pieces: Vec<Piece>,
}

/// The end of the file, understood.
#[derive(Debug)]
pub(super) struct Footer {
    pub columns: Vec<Top>,
    pub groups: Vec<Group>,
    pub zones: Zones,
}

impl Footer {
    /// `None` when it does not hold together.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let (mut elements, mut groups, mut rows) = (Vec::new(), Vec::new(), 0);
        let mut zones = Zones::Unsaid;
        Compact::new(bytes, 0).fields(|reader, field, kind| {
            match field {
                2 => elements = reader.each(element)?,
                3 => rows = reader.int()?,
                4 => groups = reader.each(group)?,
                5 => {
                    reader.each(|reader| {
                        let (mut key, mut value) = (&b""[..], &b""[..]);
                        reader.fields(|reader, field, kind| {
                            match field {
                                1 => key = reader.binary()?,
                                2 => value = reader.binary()?,
                                _ => reader.skip(kind)?,
                            }
                            Some(())
                        })?;
                        if key == b"ARROW:schema" {
                            zones = zone::read(value);
                        }
                        Some(())
                    })?;
                }
                _ => reader.skip(kind)?,
            }
            Some(())
        })?;
        let (columns, leaves) = columns(&elements)?;
        let counted = groups.iter().try_fold(0_i64, |sum, group: &Group| {
            (group.rows >= 0 && group.pieces.len() == leaves).then(|| sum.checked_add(group.rows))?
        })?;
        (counted == rows).then_some(Self { columns, groups, zones })
    }
}

/// The columns of the table, and how many columns are stored for them. Nodes come before their children.
fn columns(elements: &[Element]) -> Option<(Vec<Top>, usize)> {
    let mut nodes = elements.iter();
    let (mut columns, mut leaves) = (Vec::new(), 0);
    for _ in 0..nodes.next()?.children {
        let top = nodes.next()?;
        columns.push(Top { name: top.name.clone(), leaf: leaves, shape: top.shape() });
        let mut open = top.children;
        leaves += usize::from(top.is_stored());
        while open > 0 {
            let node = nodes.next()?;
            leaves += usize::from(node.is_stored());
            open = (open - 1).checked_add(node.children)?;
        }
    }
    nodes.next().is_none().then_some((columns, leaves))
}

impl Element {
    /// Whether values of it lie in the file: not of a group, even one of nothing.
    const fn is_stored(&self) -> bool {
        self.children == 0 && self.stored.is_some()
    }

    fn shape(&self) -> Result<Shape, String> {
        if self.children > 0 || self.repetition == 2 {
            let kind = match (self.group, self.converted) {
                ("", Some(1 | 2)) => "MAP",
                ("", Some(3)) => "LIST",
                ("", _) if self.repetition == 2 => "LIST",
                ("", _) => "STRUCT",
                (group, _) => group,
            };
            return Err(format!("is a {kind}, and a cell holds one value"));
        }
        let length = || usize::try_from(self.length).ok().filter(|n| (1..=MOST_BYTES).contains(n));
        let stored = match self.stored {
            Some(0) => Stored::Boolean,
            Some(1) => Stored::Int32,
            Some(2) => Stored::Int64,
            Some(3) => Stored::Int96,
            Some(4) => Stored::Float,
            Some(5) => Stored::Double,
            Some(6) => Stored::Bytes,
            Some(7) => Stored::Fixed(length().ok_or("is of a type that no cell has")?),
            _ => return Err("is of a type that is not known".to_owned()),
        };
        Ok(Shape {
            stored,
            meaning: self.logical.or_else(|| self.by_converted()),
            optional: self.repetition == 1,
        })
    }

    /// What the older way of saying it comes to.
    fn by_converted(&self) -> Option<Meaning> {
        Some(match self.converted? {
            0 | 4 | 19 => Meaning::Text,
            5 => Meaning::Decimal(usize::try_from(self.scale).ok()?),
            6 => Meaning::Date,
            7 | 8 => Meaning::Time,
            9 => Meaning::Timestamp(1_000, true),
            10 => Meaning::Timestamp(1_000_000, true),
            11..=14 => Meaning::Unsigned,
            15..=18 => return None,
            _ => Meaning::Other,
        })
    }
}

fn element(reader: &mut Compact<'_>) -> Option<Element> {
    let mut element = Element::default();
    reader.fields(|reader, field, kind| {
        match field {
            1 => element.stored = Some(reader.small()?),
            2 => element.length = reader.small()?,
            3 => element.repetition = reader.small()?,
            4 => element.name = reader.text()?,
            5 => element.children = usize::try_from(reader.small()?).ok()?,
            6 => element.converted = Some(reader.small()?),
            7 => element.scale = reader.small()?,
            10 => (element.logical, element.group) = logical(reader)?,
            _ => reader.skip(kind)?,
        }
        Some(())
    })?;
    Some(element)
}

/// The newer way of saying what a column means, and the name of the kind of group that it is.
fn logical(reader: &mut Compact<'_>) -> Option<(Option<Meaning>, &'static str)> {
    let (mut meaning, mut group) = (None, "");
    reader.fields(|reader, which, kind| {
        if kind != 12 {
            return reader.skip(kind);
        }
        let (mut scale, mut adjusted, mut ticks, mut signed) = (0, false, 0, false);
        reader.fields(|reader, field, kind| {
            match (which, field, kind) {
                (5, 1, _) => scale = reader.small()?,
                (8, 1, kind) if kind <= 2 => adjusted = kind == TRUE,
                (8, 2, 12) => reader.fields(|reader, unit, kind| {
                    ticks = match unit {
                        1 => 1_000,
                        2 => 1_000_000,
                        3 => 1_000_000_000,
                        _ => 0,
                    };
                    reader.skip(kind)
                })?,
                (10, 2, kind) if kind <= 2 => signed = kind == TRUE,
                _ => reader.skip(kind)?,
            }
            Some(())
        })?;
        (meaning, group) = match which {
            1 | 4 | 12 => (Some(Meaning::Text), ""),
            2 => (None, "MAP"),
            3 => (None, "LIST"),
            5 => (Some(usize::try_from(scale).map_or(Meaning::Other, Meaning::Decimal)), ""),
            6 => (Some(Meaning::Date), ""),
            7 => (Some(Meaning::Time), ""),
            8 if ticks > 0 => (Some(Meaning::Timestamp(ticks, adjusted)), ""),
            10 if !signed => (Some(Meaning::Unsigned), ""),
            10 | 11 => (None, ""),
            14 => (Some(Meaning::Uuid), ""),
            15 => (Some(Meaning::HalfFloat), ""),
            16 => (Some(Meaning::Other), "VARIANT"),
            _ => (Some(Meaning::Other), ""),
        };
        Some(())
    })?;
    Some((meaning, group))
}

fn group(reader: &mut Compact<'_>) -> Option<Group> {
    let mut group = Group::default();
    reader.fields(|reader, field, kind| {
        match field {
            1 => {
                group.pieces = reader.each(|reader| {
                    let mut found = Piece::default();
                    reader.fields(|reader, field, kind| match field {
                        3 => piece(reader).map(|read| found = read),
                        _ => reader.skip(kind),
                    })?;
                    Some(found)
                })?;
            }
            3 => group.rows = reader.int()?,
            _ => reader.skip(kind)?,
        }
        Some(())
    })?;
    Some(group)
}

fn piece(reader: &mut Compact<'_>) -> Option<Piece> {
    let mut piece = Piece::default();
    reader.fields(|reader, field, kind| {
        match field {
            4 => piece.codec = reader.small()?,
            5 => piece.values = reader.int()?,
            7 => piece.packed = reader.int()?,
            9 => piece.data = reader.int()?,
            11 => piece.dictionary = reader.int()?,
            _ => reader.skip(kind)?,
        }
        Some(())
    })?;
    Some(piece)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_stored_as_its_number_says() {
        let element = |stored| Element { stored: Some(stored), length: 16, ..Element::default() };
        let found: Vec<Stored> = (0..8).map(|stored| element(stored).shape().unwrap().stored).collect();
        let by_number = [
            Stored::Boolean,
            Stored::Int32,
            Stored::Int64,
            Stored::Int96,
            Stored::Float,
            Stored::Double,
            Stored::Bytes,
            Stored::Fixed(16),
        ];
        assert_eq!(found, by_number);
        assert!(element(8).shape().is_err());
        let of_bytes = |length| Element { length, ..element(7) }.shape().map(|shape| shape.stored).ok();
        assert_eq!((of_bytes(0), of_bytes(1)), (None, Some(Stored::Fixed(1))));
        assert!(Element { repetition: 2, ..element(1) }.shape().is_err(), "a cell holds one value");
        assert!(Element { repetition: 1, ..element(1) }.shape().unwrap().optional);
    }
}
