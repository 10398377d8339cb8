//! Ranges of IP addresses; source:
//! [IP address matching](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html#eb-filtering-ip-matching).

// Addresses and no sockets: the core's own `net` has nothing else.
use ::core::net::IpAddr;

/// The addresses that begin with the same bits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Cidr {
    address: IpAddr,
    bits: u32,
}

impl Cidr {
    /// Event Ruler has no ranges of one address.
    pub(super) const EXPECTED: &str =
        "an IP address, / and a number of bits: at most 31 for IPv4 and 127 for IPv6";

    pub(super) fn parse(text: &str) -> Option<Self> {
        let (address, bits) = text.split_once('/')?;
        if !bits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let (address, bits): (IpAddr, u32) = (address.parse().ok()?, bits.parse().ok()?);
        let width = if address.is_ipv4() { 32 } else { 128 };
        (bits < width).then_some(Self { address, bits })
    }

    /// Whether the text is an address in the range.
    pub(super) fn contains(&self, text: &str) -> bool {
        match (self.address, text.parse()) {
            (IpAddr::V4(range), Ok(IpAddr::V4(address))) => {
                let differing = range.to_bits() ^ address.to_bits();
                differing.leading_zeros() >= self.bits
            }
            (IpAddr::V6(range), Ok(IpAddr::V6(address))) => {
                let differing = range.to_bits() ^ address.to_bits();
                differing.leading_zeros() >= self.bits
            }
            _ => false,
        }
    }
}
