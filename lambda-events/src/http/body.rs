//! The body of a request or of a response.

use std::{
    convert::Infallible,
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Frame, SizeHint};

/// A body that is there as a whole.
///
/// As a body of hyper and axum it gives its bytes at once. What of an event becomes which is said in the
/// [module](super#bodies).
///
/// ```
/// use lambda_events::http::Body;
///
/// let body = Body::from("hello");
/// assert!(matches!(&body, Body::Text(text) if text == "hello"));
/// assert_eq!(&*body, b"hello");
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub enum Body {
    /// There is none.
    #[default]
    Empty,
    /// Text.
    Text(String),
    /// Bytes.
    Binary(Vec<u8>),
}

impl Body {
    /// The bytes, without a copy.
    pub fn into_bytes(self) -> Bytes {
        match self {
            Self::Empty => Bytes::new(),
            Self::Text(text) => text.into(),
            Self::Binary(bytes) => bytes.into(),
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What is in it may be secret.
        match self {
            Self::Empty => f.write_str("Empty"),
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
            Self::Binary(bytes) => write!(f, "Binary({} bytes)", bytes.len()),
        }
    }
}

impl std::ops::Deref for Body {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Empty => &[],
            Self::Text(text) => text.as_bytes(),
            Self::Binary(bytes) => bytes,
        }
    }
}

impl AsRef<[u8]> for Body {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl From<()> for Body {
    fn from((): ()) -> Self {
        Self::Empty
    }
}

impl From<&str> for Body {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        if text.is_empty() { Self::Empty } else { Self::Text(text) }
    }
}

impl From<&[u8]> for Body {
    fn from(bytes: &[u8]) -> Self {
        Self::from(bytes.to_vec())
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        if bytes.is_empty() { Self::Empty } else { Self::Binary(bytes) }
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self::from(Vec::from(bytes))
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let bytes = std::mem::take(self.get_mut()).into_bytes();
        Poll::Ready((!bytes.is_empty()).then(|| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.len() as u64)
    }
}

#[cfg(test)]
mod test {
    use std::task::Waker;

    use http_body::Body as _;

    use super::*;

    #[test]
    fn a_body_gives_its_bytes_once() {
        for (mut body, len) in [(Body::from(()), 0), ("text".into(), 4), (vec![0xff, 0].into(), 2)] {
            assert_eq!((body.size_hint().exact(), body.is_end_stream()), (Some(len), len == 0));
            let mut frame = || match Pin::new(&mut body).poll_frame(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(frame) => frame.map(|frame| frame.unwrap().into_data().unwrap()),
                Poll::Pending => panic!("it is there"),
            };
            assert_eq!(frame().map_or(0, |bytes| bytes.len() as u64), len);
            assert!(frame().is_none());
        }
    }

    #[test]
    fn what_is_in_a_body_is_not_shown() {
        let shown = format!("{:?} {:?} {:?}", Body::Empty, Body::from("secret"), Body::from(vec![1, 2]));
        assert_eq!(shown, "Empty Text(6 bytes) Binary(2 bytes)");
    }
}
