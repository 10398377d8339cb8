//! A body that is there as a whole: in one piece, or in several if it is large JSON.
//!
//! A buffer that grows by moving is there twice while it moves, which for a response of the largest size is several times what
//! Lambda's limit is about; so beyond half a MiB JSON is written piece by piece. How a body leaves is in `body`.

use std::{collections::VecDeque, io};

use bytes::Bytes;
use lambda_api::limits::RESPONSE_BYTES;

/// So much of JSON is in one piece.
const PIECE_BYTES: usize = 512 * 1024;

/// Bytes that are there; no piece behind the first is empty.
#[derive(Clone, Debug, Default)]
pub(crate) struct Whole {
    first: Bytes,
    rest: VecDeque<Bytes>,
}

impl Whole {
    pub(crate) fn len(&self) -> usize {
        self.first.len() + self.rest.iter().map(Bytes::len).sum::<usize>()
    }

    /// Whether nothing is left of it.
    pub(crate) fn is_empty(&self) -> bool {
        self.first.is_empty()
    }

    /// Takes a piece that is not empty, if there is one.
    pub(crate) fn take(&mut self) -> Option<Bytes> {
        let first = std::mem::replace(&mut self.first, self.rest.pop_front().unwrap_or_default());
        Some(first).filter(|first| !first.is_empty())
    }
}

impl From<Bytes> for Whole {
    fn from(bytes: Bytes) -> Self {
        Self { first: bytes, rest: VecDeque::new() }
    }
}

/// Where JSON is written.
#[derive(Debug)]
pub(crate) struct JsonWriter {
    piece: Vec<u8>,
    full: VecDeque<Bytes>,
}

impl JsonWriter {
    pub(crate) fn new() -> Self {
        // Most responses are small.
        Self { piece: Vec::with_capacity(128), full: VecDeque::new() }
    }

    /// All that was written.
    pub(crate) fn into_whole(mut self) -> Whole {
        let last = Bytes::from(self.piece);
        let Some(first) = self.full.pop_front() else { return Whole::from(last) };
        if !last.is_empty() {
            self.full.push_back(last);
        }
        Whole { first, rest: self.full }
    }

    #[cold]
    fn fill(&mut self, mut bytes: &[u8]) {
        if self.full.capacity() == 0 {
            // Not between two pieces: an allocator that gets all of them back has one large gap then, for the next event.
            self.full.reserve(RESPONSE_BYTES / PIECE_BYTES + 1);
        }
        while !bytes.is_empty() {
            let (here, rest) = bytes.split_at(bytes.len().min(PIECE_BYTES - self.piece.len()));
            self.piece.extend_from_slice(here);
            if self.piece.len() == PIECE_BYTES {
                let full = std::mem::replace(&mut self.piece, Vec::with_capacity(PIECE_BYTES));
                self.full.push_back(Bytes::from(full));
            }
            bytes = rest;
        }
    }
}

impl io::Write for JsonWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.piece.len() + bytes.len() < PIECE_BYTES {
            self.piece.extend_from_slice(bytes);
        } else {
            self.fill(bytes);
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod test {
    use std::io::Write;

    use super::*;

    fn written(pieces: &[usize]) -> (Vec<u8>, Whole) {
        let mut writer = JsonWriter::new();
        let mut all = Vec::new();
        for (at, length) in pieces.iter().enumerate() {
            let piece: Vec<u8> = (0..*length).map(|byte| (byte + at) as u8).collect();
            writer.write_all(&piece).unwrap();
            all.extend(piece);
        }
        (all, writer.into_whole())
    }

    #[test]
    fn what_is_written_comes_out_in_order_and_no_piece_is_larger_than_one_may_be() {
        const P: usize = PIECE_BYTES;

        for pieces in
            [&[][..], &[5, 0, 7], &[P - 1], &[P], &[P - 1, 1], &[P - 1, 2], &[1, 3 * P, 1], &[P, P], &[4 * P]]
        {
            let (all, mut whole) = written(pieces);
            assert_eq!((whole.len(), whole.is_empty()), (all.len(), all.is_empty()), "{pieces:?}");
            let mut taken = Vec::new();
            while let Some(piece) = whole.take() {
                assert!(piece.len() <= P);
                taken.extend_from_slice(&piece);
                assert_eq!(whole.len() + taken.len(), all.len());
            }
            assert!(taken == all && whole.is_empty(), "{pieces:?}");
        }
    }
}
