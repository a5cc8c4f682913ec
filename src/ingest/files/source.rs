//! A file of an export, opened: what it is made of is seen from its first bytes, never from its name.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use encoding_rs::{Encoding, UTF_8};
use flate2::bufread::MultiGzDecoder;
use sha2::{Digest, Sha256};

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::job::Export;
use crate::shape::Frame;

use super::encoding::Decoding;
use super::form;
use super::json::Json;
use super::limits::{self, Limited, Reported};
use super::parquet::{MARK, Parquet};
use super::workbook;

/// What a file holds.
pub(in crate::ingest) enum Content {
    /// Delimited text in UTF-8, without byte order mark.
    Text(Box<dyn Read + Send>),
    /// Rows of JSON.
    Json(Json),
    /// A Parquet table.
    Parquet(Box<Parquet>),
    /// Rows of a sheet.
    Sheet(Box<Frame>),
}

/// A file of an export.
pub(in crate::ingest) struct Source {
    /// Where it is, as the user named it.
    pub path: PathBuf,
    /// What it holds.
    pub content: Content,
    /// Bytes that it may unpack to.
    pub room: u64,
    digest: Arc<Mutex<Sha256>>,
}

/// Passes bytes on and keeps their hash.
struct Hashing<R> {
    inner: R,
    digest: Arc<Mutex<Sha256>>,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        if let (Ok(mut digest), Some(bytes)) = (self.digest.lock(), buffer.get(..count)) {
            digest.update(bytes);
        }
        Ok(count)
    }
}

/// Reported where a packed file becomes too large.
const UNPACKS: &str = "unpacks to";

impl Source {
    /// Opens a file, unpacks it and brings it to UTF-8. It may unpack to `allowed` bytes, or so many times its size.
    pub(in crate::ingest) fn open(
        path: &Path,
        export: &Export,
        what: &str,
        allowed: u64,
    ) -> Result<Self, Diagnostic> {
        let missing = |e: io::Error| {
            let code = match e.kind() {
                io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied => Code::MissingFile,
                _ => Code::Unreadable,
            };
            let link = match std::fs::read_link(path) {
                Ok(target) => format!(" (it is a link to {})", target.display()),
                Err(_) => String::new(),
            };
            Diagnostic::error(code, Place::file(path), format!("cannot read the {what} export: {e}{link}"))
        };
        let digest = Arc::new(Mutex::new(Sha256::new()));
        // A pipe would be waited for, and order lines may have to be read twice.
        let metadata = std::fs::metadata(path).map_err(missing)?;
        if !metadata.is_file() {
            let reason = format!("cannot read the {what} export: it is not a file");
            return Err(Diagnostic::error(Code::MissingFile, Place::file(path), reason));
        }
        let file = File::open(path).map_err(missing)?;
        let room = limits::unpacked(metadata.len(), allowed);
        let failed = |e: io::Error| read_failed(path, &e);
        let mut bytes = reader(Hashing { inner: file, digest: Arc::clone(&digest) });
        let is_gzip = bytes.fill_buf().map_err(failed)?.starts_with(&[0x1f, 0x8b]);
        let mut bytes: Box<dyn BufRead + Send> = if is_gzip {
            Box::new(reader(Limited::new(MultiGzDecoder::new(bytes), room, UNPACKS)))
        } else {
            Box::new(bytes)
        };
        let head = bytes.fill_buf().map_err(failed)?.to_vec();
        let content = content(path, export, what, (&head, room), bytes)?;
        Ok(Self { path: path.to_owned(), content, room, digest })
    }

    /// SHA-256 of the file's bytes as they lie on disk, once they are read.
    pub(in crate::ingest) fn digest(&self) -> SourceDigest {
        SourceDigest(Arc::clone(&self.digest))
    }
}

/// Why a file could not be read on: what is wrong with its bytes, or with the disk that they lie on.
pub(in crate::ingest) fn read_failed(path: &Path, e: &io::Error) -> Diagnostic {
    let (code, reason) = match e.get_ref().and_then(|inner| inner.downcast_ref::<Reported>()) {
        Some(reported) => (reported.code, reported.reason.clone()),
        None => match e.kind() {
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::UnexpectedEof => {
                (Code::DamagedFile, format!("is packed, and cannot be unpacked to its end: {e}"))
            }
            _ => (Code::Unreadable, format!("cannot be read to its end: {e}")),
        },
    };
    Diagnostic::error(code, Place::file(path), reason)
}

/// The hash of a file that may still be being read.
pub(in crate::ingest) struct SourceDigest(Arc<Mutex<Sha256>>);

impl SourceDigest {
    /// Hexadecimal.
    pub(in crate::ingest) fn hex(&self) -> String {
        self.0.lock().map(|d| format!("{:x}", d.clone().finalize())).unwrap_or_default()
    }
}

fn reader<R: Read>(inner: R) -> BufReader<R> {
    // Larger reads, as those of pieces are, go past its memory.
    BufReader::with_capacity(1 << 16, inner)
}

fn content(
    path: &Path,
    export: &Export,
    what: &str,
    (head, room): (&[u8], u64),
    mut bytes: Box<dyn BufRead + Send>,
) -> Result<Content, Diagnostic> {
    let not_text = |reason: String| Diagnostic::error(Code::NotText, Place::file(path), reason);
    let failed = |e: io::Error| read_failed(path, &e);
    if head.starts_with(MARK) {
        let mut whole = Vec::new();
        bytes.read_to_end(&mut whole).map_err(failed)?;
        let parquet = Parquet::open(whole)
            .map_err(|reason| Diagnostic::error(Code::DamagedFile, Place::file(path), reason))?;
        return Ok(Content::Parquet(Box::new(parquet)));
    }
    if workbook::may_be(head) {
        let mut whole = Vec::new();
        bytes.read_to_end(&mut whole).map_err(failed)?;
        return workbook::read(path, &whole, export, room).map(|rows| Content::Sheet(Box::new(rows)));
    }
    let other = |reason: String| Diagnostic::error(Code::OtherFormat, Place::file(path), reason);
    if let Some(reason) = form::of_bytes(head) {
        return Err(other(reason));
    }
    let declared = export.encoding.as_ref().and_then(|label| Encoding::for_label(label.as_bytes()));
    let marked = Encoding::for_bom(head);
    let encoding = match (marked, declared) {
        (Some((marked, _)), Some(declared)) if marked != declared => {
            return Err(not_text(format!(
                "begins with the byte order mark of {}, but the job declares encoding = \"{}\"",
                marked.name(),
                export.encoding.as_deref().unwrap_or_default()
            )));
        }
        (Some((marked, _)), _) => marked,
        (None, declared) => declared.unwrap_or(UTF_8),
    };
    if let Some((_, length)) = marked {
        bytes.consume(length);
    }
    let mut text: Box<dyn BufRead + Send> =
        if encoding == UTF_8 { bytes } else { Box::new(reader(Decoding::new(bytes, encoding))) };
    let begin = text.fill_buf().map_err(failed)?;
    if begin.iter().take(4096).any(|b| *b == 0) {
        return Err(not_text(form::of_nuls(begin.get(..4096).unwrap_or(begin))));
    }
    if let Some(reason) = form::of_text(begin) {
        return Err(other(reason));
    }
    match begin.iter().find(|b| !b.is_ascii_whitespace()) {
        Some(b'{' | b'[') => {
            let mut whole = Vec::new();
            Limited::new(text, limits::JSON, "is JSON of").read_to_end(&mut whole).map_err(failed)?;
            let rows = memchr::memchr2_iter(b'{', b'[', &whole).count();
            if rows > limits::JSON_ROWS {
                let reason =
                    format!("is JSON of {rows} objects and lists; {} are the most", limits::JSON_ROWS);
                return Err(Diagnostic::error(Code::TooLarge, Place::file(path), reason));
            }
            Json::read(path, &whole, what, export).map(Content::Json)
        }
        _ => Ok(Content::Text(text)),
    }
}
