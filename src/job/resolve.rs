//! Paths of the job file, which are relative to it.

use std::path::{Component, Path, PathBuf};

use super::sections::Job;

impl Job {
    /// A path of the job, which is relative to the job file, as a person would write it: `fixtures/maker` and not
    /// `jobs/../fixtures/maker`, where both are the same place.
    pub fn resolve(&self, path: &Path) -> PathBuf {
        let full = self.path.parent().unwrap_or(Path::new("")).join(path);
        let mut short = PathBuf::new();
        for part in full.components() {
            match (part, short.components().next_back()) {
                (Component::ParentDir, Some(Component::Normal(_))) => drop(short.pop()),
                _ => short.push(part),
            }
        }
        // A link in the way makes them differ: then the path stays as it is. What is not there yet is looked for
        // where it would be made.
        let place = |path: &Path| match (path.canonicalize(), path.parent(), path.file_name()) {
            (Ok(place), _, _) => Some(place),
            (Err(_), Some(folder), Some(name)) => {
                let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
                folder.canonicalize().ok().map(|folder| folder.join(name))
            }
            _ => None,
        };
        match (place(&full), place(&short)) {
            (Some(a), Some(b)) if a == b => short,
            _ => full,
        }
    }
}
