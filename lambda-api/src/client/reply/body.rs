//! The body of a reply: its chunks, and the pieces of which it is put together.
//!
//! What says that there are chunks is for `reply` to find out; it also reads a body whose length is known, for which nothing
//! here is needed.

use bytes::{Buf, Bytes, BytesMut};
use httparse::Status;

use super::{HEAD_BYTES, NotHttp, Unread};
use crate::client::REPLY_BYTES;

/// Longest line in front of a chunk.
const SIZE_LINE_BYTES: usize = 16 * 1024;

/// What comes next in a chunked body.
pub(super) enum Chunk {
    Size,
    Data(u64),
    DataEnd,
    /// Lines up to an empty one.
    Trailers {
        /// How many bytes of them have been passed over.
        passed: usize,
        /// Whether the last of those were not the end of a line.
        is_in_line: bool,
    },
}

impl Chunk {
    /// Takes a step in what has been read: whether that was the last, or nothing if there is too little for one.
    pub(super) fn take_in(
        &mut self,
        buffer: &mut BytesMut,
        body: &mut Pieces,
    ) -> Result<Option<bool>, Unread> {
        match self {
            Self::Size => {
                let Some((line, size)) = chunk_size(buffer)? else { return Ok(None) };
                buffer.advance(line);
                body.expect(size)?;
                *self = match size {
                    0 => Self::Trailers { passed: 0, is_in_line: false },
                    _ => Self::Data(size),
                };
            }
            Self::Data(_) if buffer.is_empty() => return Ok(None),
            Self::Data(left) => {
                // No larger than what is taken of a whole reply.
                let whole = usize::try_from(*left).unwrap_or(REPLY_BYTES);
                let here = whole.min(buffer.len());
                *left -= here as u64;
                if body.is_empty() && *left == 0 {
                    body.push(buffer.split_to(here).freeze())?;
                } else {
                    // Not kept, so that the connection can read into the same buffer again.
                    body.rest.reserve(whole);
                    body.copy(&buffer[..here])?;
                    buffer.advance(here);
                }
                if *left == 0 {
                    *self = Self::DataEnd;
                }
            }
            Self::DataEnd => match &**buffer {
                [b'\r', b'\n', ..] => {
                    buffer.advance(2);
                    *self = Self::Size;
                }
                [] | [b'\r'] => return Ok(None),
                _ => return Err(NotHttp::Chunk.into()),
            },
            Self::Trailers { passed, is_in_line } => {
                let end = memchr::memchr(b'\n', buffer);
                let line = &buffer[..end.unwrap_or(buffer.len())];
                let is_empty = !*is_in_line && matches!(line, [] | [b'\r']);
                // What begins as an empty line is kept until it is known to be one; of any other, nothing.
                let taken = match end {
                    Some(end) => end + 1,
                    None if is_empty || line.is_empty() => return Ok(None),
                    None => line.len(),
                };
                buffer.advance(taken);
                *passed += taken;
                *is_in_line = end.is_none();
                if *passed > HEAD_BYTES {
                    return Err(NotHttp::TrailersTooLarge.into());
                }
                return Ok(Some(is_empty));
            }
        }
        Ok(Some(false))
    }
}

/// How long the line in front of a chunk is and which size it gives, if it has come.
fn chunk_size(buffer: &[u8]) -> Result<Option<(usize, u64)>, NotHttp> {
    // The parser takes a line without digits for a zero, which would end the body, and a bare line feed for a part of an
    // extension, which others take for the end of the line.
    let has_size = buffer.first().is_none_or(u8::is_ascii_hexdigit);
    let end = memchr::memchr(b'\n', buffer);
    if !has_size || end.is_some_and(|end| !buffer[..end].ends_with(b"\r")) {
        return Err(NotHttp::Chunk);
    }
    match httparse::parse_chunk_size(buffer) {
        Ok(Status::Complete((line, size))) if line <= SIZE_LINE_BYTES => Ok(Some((line, size))),
        Ok(Status::Partial) if buffer.len() < SIZE_LINE_BYTES => Ok(None),
        _ => Err(NotHttp::Chunk),
    }
}

/// A body as it comes: the first piece as it was read, and from the second on a copy of all.
#[derive(Default)]
pub(super) struct Pieces {
    pub(super) first: Bytes,
    pub(super) rest: BytesMut,
}

impl Pieces {
    fn is_empty(&self) -> bool {
        self.first.is_empty() && self.rest.is_empty()
    }

    pub(super) fn push(&mut self, piece: Bytes) -> Result<(), Unread> {
        if !self.is_empty() {
            return self.copy(&piece);
        }
        self.expect(piece.len() as u64)?;
        self.first = piece;
        Ok(())
    }

    /// Whether so much more may come.
    fn expect(&self, bytes: u64) -> Result<(), Unread> {
        let so_far = (self.first.len() + self.rest.len()) as u64;
        if so_far.saturating_add(bytes) > REPLY_BYTES as u64 { Err(Unread::TooLarge) } else { Ok(()) }
    }

    fn copy(&mut self, piece: &[u8]) -> Result<(), Unread> {
        self.expect(piece.len() as u64)?;
        if !self.first.is_empty() {
            self.rest.reserve(self.first.len() + piece.len());
            self.rest.extend_from_slice(&std::mem::take(&mut self.first));
        }
        self.rest.extend_from_slice(piece);
        Ok(())
    }

    pub(super) fn into_bytes(self) -> Bytes {
        if self.rest.is_empty() { self.first } else { self.rest.freeze() }
    }
}
