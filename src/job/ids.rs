//! Indices into the job's lists, one type a list: a chip cannot be taken for a foundry.

use std::ops::{Index, IndexMut};

/// Defines an index into one of the job's lists; it indexes every vector that has a cell for each entry of the list.
macro_rules! id {
    ($(#[doc = $what:expr])+ $name:ident) => {
        $(#[doc = $what])+
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub struct $name(pub usize);

        impl<T> Index<$name> for [T] {
            type Output = T;
            fn index(&self, id: $name) -> &T {
                &self[id.0]
            }
        }

        impl<T> Index<$name> for Vec<T> {
            type Output = T;
            fn index(&self, id: $name) -> &T {
                &self[id.0]
            }
        }

        impl<T> IndexMut<$name> for [T] {
            fn index_mut(&mut self, id: $name) -> &mut T {
                &mut self[id.0]
            }
        }

        impl<T> IndexMut<$name> for Vec<T> {
            fn index_mut(&mut self, id: $name) -> &mut T {
                &mut self[id.0]
            }
        }
    };
}

id! {
    /// A model's index in the job's list; also its index in every per-model array.
    ModelId
}
id! {
    /// A chip's index in the job's list; also its index in every per-chip array.
    ChipId
}
id! {
    /// The index of a foundry's terms for one chip in the job's list.
    FoundryId
}
