//! Pages of Parquet, unpacked.

use std::io::Read as _;

use super::guard;

/// Why a page cannot be read.
pub(super) type Broken = String;

pub(super) fn damaged(what: &str) -> Broken {
    format!("is damaged: {what}")
}

/// Unpacks a page to exactly the bytes that its header says.
pub(super) fn unpack(codec: i32, packed: &[u8], bytes: usize, into: &mut Vec<u8>) -> Result<(), Broken> {
    into.clear();
    if codec == 0 {
        into.extend_from_slice(packed);
        return if packed.len() == bytes {
            Ok(())
        } else {
            Err(damaged("a page has another length than it says"))
        };
    }
    let all = |source: &mut dyn std::io::Read, into: &mut Vec<u8>| -> std::io::Result<()> {
        source.take(bytes as u64 + 1).read_to_end(into).map(drop)
    };
    let wrong = |e: &dyn std::fmt::Display| damaged(&format!("a page cannot be unpacked: {e}"));
    // The unpackers are other people's work: what panics in one of them is a page that cannot be unpacked.
    let unpacked: Result<(), Broken> = guard::quietly(|| match codec {
        1 => {
            let said = snap::raw::decompress_len(packed).map_err(|e| wrong(&e))?;
            if said != bytes {
                return Err(damaged("a page has another length than it says"));
            }
            into.resize(bytes, 0);
            snap::raw::Decoder::new().decompress(packed, into).map(drop).map_err(|e| wrong(&e))
        }
        2 => all(&mut flate2::read::MultiGzDecoder::new(packed), into).map_err(|e| wrong(&e)),
        4 => all(&mut brotli::Decompressor::new(packed, 4096), into).map_err(|e| wrong(&e)),
        5 => lz4_framed(packed, bytes, into).or_else(|()| lz4_raw(packed, bytes, into)),
        6 => zstd::stream::read::Decoder::new(packed)
            .and_then(|mut decoder| all(&mut decoder, into))
            .map_err(|e| wrong(&e)),
        7 => lz4_raw(packed, bytes, into),
        _ => Err(format!("is packed in a way that is not read (codec {codec})")),
    })
    .unwrap_or_else(|panic| Err(damaged(&format!("a page cannot be unpacked: {panic}"))));
    unpacked?;
    if into.len() == bytes { Ok(()) } else { Err(damaged("a page has another length than it says")) }
}

fn lz4_raw(packed: &[u8], bytes: usize, into: &mut Vec<u8>) -> Result<(), Broken> {
    into.clear();
    into.resize(bytes, 0);
    let size = i32::try_from(bytes).map_err(|_| damaged("a page is too large"))?;
    let read = lz4::block::decompress_to_buffer(packed, Some(size), into)
        .map_err(|e| damaged(&format!("a page cannot be unpacked: {e}")))?;
    into.truncate(read);
    Ok(())
}

/// LZ4 as Hadoop frames it: blocks that begin with both of their lengths.
fn lz4_framed(mut packed: &[u8], bytes: usize, into: &mut Vec<u8>) -> Result<(), ()> {
    into.clear();
    let mut block = Vec::new();
    while !packed.is_empty() {
        let lengths = packed.first_chunk::<8>().ok_or(())?;
        let long = u32::from_be_bytes([lengths[0], lengths[1], lengths[2], lengths[3]]) as usize;
        let short = u32::from_be_bytes([lengths[4], lengths[5], lengths[6], lengths[7]]) as usize;
        let body = packed.get(8..short.checked_add(8).ok_or(())?).ok_or(())?;
        if into.len().checked_add(long).is_none_or(|sum| sum > bytes) {
            return Err(());
        }
        lz4_raw(body, long, &mut block).map_err(drop)?;
        into.extend_from_slice(&block);
        packed = packed.get(8 + short..).ok_or(())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two blocks as Hadoop frames them: the length unpacked, the length packed, and the block.
    #[test]
    fn blocks_of_hadoop_are_unpacked_one_after_the_other() {
        let blocks = [vec![b'a'; 300], vec![b'b'; 200]];
        let mut packed = Vec::new();
        for block in &blocks {
            let body = lz4::block::compress(block, None, false).unwrap();
            packed.extend(u32::try_from(block.len()).unwrap().to_be_bytes());
            packed.extend(u32::try_from(body.len()).unwrap().to_be_bytes());
            packed.extend(body);
        }
        let mut into = Vec::new();
        assert_eq!(unpack(5, &packed, 500, &mut into), Ok(()));
        assert_eq!(into, blocks.concat());
        assert!(unpack(5, &packed, 499, &mut into).is_err(), "more than the header says");
        assert!(unpack(5, &packed[..packed.len() - 1], 500, &mut into).is_err(), "cut off");
        // Without frames it is one block.
        let raw = lz4::block::compress(&blocks[0], None, false).unwrap();
        assert_eq!(unpack(5, &raw, 300, &mut into), Ok(()));
        assert_eq!(into, blocks[0]);
    }
}
