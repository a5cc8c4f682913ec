//! Text in another encoding, brought to UTF-8 as it is read.

use std::io::{self, BufRead, Read};

use encoding_rs::{Decoder, DecoderResult, Encoding, WINDOWS_1252};

use crate::diagnostic::Code;

use super::limits::Reported;
use super::lines::line_ends;

/// Passes text on in UTF-8; what the encoding does not know is an error, never a replacement character.
pub(super) struct Decoding<R> {
    inner: R,
    encoding: &'static Encoding,
    decoder: Decoder,
    ready: Vec<u8>,
    given: usize,
    /// Line ends so far, and whether the last byte was a carriage return.
    lines: u64,
    returned: bool,
    ended: bool,
}

/// Bytes of text made at a time.
const PIECE: usize = 1 << 16;

impl<R: BufRead> Decoding<R> {
    pub(super) fn new(inner: R, encoding: &'static Encoding) -> Self {
        let decoder = encoding.new_decoder_without_bom_handling();
        let ready = Vec::new();
        Self { inner, encoding, decoder, ready, given: 0, lines: 0, returned: false, ended: false }
    }

    fn wrong(&self, lines: u64) -> io::Error {
        let name = self.encoding.name();
        let line = lines + 1;
        let reason =
            format!("is not {name} text (first bad byte on line {line}); correct `encoding` in the job");
        Reported { code: Code::NotText, reason }.into()
    }

    /// Line ends up to a place in what is ready; a pair of them may be split between two pieces.
    fn counted(&self, to: usize) -> u64 {
        let ready = self.ready.get(..to).unwrap_or_default();
        let split = u64::from(self.returned && ready.first() == Some(&b'\n'));
        self.lines + line_ends(ready) - split
    }

    fn fill(&mut self) -> io::Result<()> {
        self.lines = self.counted(self.ready.len());
        self.returned = self.ready.last().map_or(self.returned, |byte| *byte == b'\r');
        let bytes = self.inner.fill_buf()?;
        let last = bytes.is_empty();
        self.ready.resize(PIECE, 0);
        let (result, read, written) =
            self.decoder.decode_to_utf8_without_replacement(bytes, &mut self.ready, last);
        self.inner.consume(read);
        self.ready.truncate(written);
        self.given = 0;
        self.ended = last && result == DecoderResult::InputEmpty;
        if matches!(result, DecoderResult::Malformed(..)) {
            return Err(self.wrong(self.counted(written)));
        }
        // Windows-1252 knows every byte; five of them stand for control characters that no text has.
        if self.encoding == WINDOWS_1252
            && let Some(place) = self.ready.windows(2).position(|pair| matches!(pair, [0xc2, 0x80..=0x9f]))
        {
            return Err(self.wrong(self.counted(place)));
        }
        Ok(())
    }
}

impl<R: BufRead> Read for Decoding<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.ready.len() && !self.ended {
            self.fill()?;
        }
        let ready = self.ready.get(self.given..).unwrap_or_default();
        let count = ready.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..count), ready.get(..count)) {
            to.copy_from_slice(from);
        }
        self.given += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use encoding_rs::{GB18030, UTF_16LE};

    fn decoded(bytes: &[u8], piece: usize, encoding: &'static Encoding) -> Result<String, String> {
        let mut text = String::new();
        let inner = io::BufReader::with_capacity(piece, bytes);
        Decoding::new(inner, encoding).read_to_string(&mut text).map_err(|e| e.to_string())?;
        Ok(text)
    }

    #[test]
    fn text_is_the_same_whatever_the_pieces() {
        let text = "订单,数量\r\n合同,1\r\n".repeat(300);
        let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for piece in [1, 2, 3, 64, 1 << 16] {
            assert_eq!(decoded(&wide, piece, UTF_16LE).unwrap(), text);
            assert_eq!(decoded(&GB18030.encode(&text).0, piece, GB18030).unwrap(), text);
        }
    }

    #[test]
    fn a_bad_byte_is_reported_with_its_line() {
        for (ends, piece) in [("\n", 1), ("\r\n", 1), ("\r\n", 7), ("\r", 64), ("\r\n", 1 << 16)] {
            let mut bytes = format!("a{ends}{ends}b{ends}c").into_bytes();
            bytes.extend([0xff, 0xff, b'\n']);
            let reported = decoded(&bytes, piece, GB18030).unwrap_err();
            assert!(reported.contains("line 4"), "{ends:?} {piece}: {reported}");
            let mut bytes = format!("a{ends}{ends}b{ends}c").into_bytes();
            bytes.push(0x81);
            assert!(decoded(&bytes, piece, WINDOWS_1252).unwrap_err().contains("line 4"), "{ends:?}");
        }
    }
}
