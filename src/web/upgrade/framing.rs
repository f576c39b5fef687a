//! Finds the heads in a connection's bytes.

use actix_http::ServiceConfig;
use actix_http::h1::{Codec, Message, MessageType};
use bytes::BytesMut;
use tokio_util::codec::Decoder;

use super::head::{self, Body, Head};

/// The position in a connection's bytes.
pub struct Framing {
    part: Part,
    config: ServiceConfig,
}

/// What comes next.
enum Part {
    Head,
    /// The rest of a body, in bytes.
    Body(u64),
    /// A body whose end actix-http's decoder finds.
    Followed(Box<Follower>),
    /// Passed on unread.
    Opaque,
}

struct Follower {
    codec: Codec,
    unread: BytesMut,
}

/// How much of the given bytes is a body.
enum Followed {
    /// All of them.
    All,
    /// It ends after that many.
    To(usize),
    Broken,
}

impl Framing {
    pub fn new(config: ServiceConfig) -> Self {
        Self {
            part: Part::Head,
            config,
        }
    }

    /// Removes the offers of every complete head. Returns how many bytes may be passed on: all but an incomplete head,
    /// which has to be given again with what follows it.
    pub fn pass(&mut self, bytes: &mut [u8]) -> usize {
        let mut passed = 0;
        while passed < bytes.len() {
            let rest = &mut bytes[passed..];
            passed += match &mut self.part {
                Part::Head => match head::read(rest) {
                    Head::Partial => return passed,
                    Head::Invalid => {
                        self.give_up();
                        rest.len()
                    }
                    Head::Whole { bytes, body } => {
                        self.part = match body {
                            Body::Length(0) => Part::Head,
                            Body::Length(length) => Part::Body(length),
                            Body::Complex => self.follow(&rest[..bytes]),
                        };
                        bytes
                    }
                },
                Part::Body(left) => {
                    let here = usize::try_from(*left).unwrap_or(usize::MAX).min(rest.len());
                    *left -= here as u64;
                    if *left == 0 {
                        self.part = Part::Head;
                    }
                    here
                }
                Part::Followed(follower) => match follower.follow(rest) {
                    Followed::All => rest.len(),
                    Followed::To(end) => {
                        self.part = Part::Head;
                        end
                    }
                    Followed::Broken => {
                        self.give_up();
                        rest.len()
                    }
                },
                Part::Opaque => rest.len(),
            };
        }
        passed
    }

    /// Passes everything on from here.
    pub fn give_up(&mut self) {
        self.part = Part::Opaque;
    }

    /// The part after a head whose body only actix-http can frame.
    fn follow(&self, head: &[u8]) -> Part {
        let mut codec = Codec::new(self.config.clone());
        match codec.decode(&mut BytesMut::from(head)) {
            Ok(Some(_)) => match codec.message_type() {
                MessageType::None => Part::Head,
                MessageType::Payload => Part::Followed(Box::new(Follower {
                    codec,
                    unread: BytesMut::new(),
                })),
                MessageType::Stream => Part::Opaque,
            },
            _ => Part::Opaque,
        }
    }
}

impl Follower {
    fn follow(&mut self, bytes: &[u8]) -> Followed {
        self.unread.extend_from_slice(bytes);
        loop {
            match self.codec.decode(&mut self.unread) {
                Ok(Some(Message::Chunk(Some(_)))) => {}
                // The unread bytes are of this call: an earlier end would have been found earlier.
                Ok(Some(Message::Chunk(None))) => {
                    return Followed::To(bytes.len().saturating_sub(self.unread.len()));
                }
                Ok(None) => return Followed::All,
                Ok(Some(Message::Item(_))) | Err(_) => return Followed::Broken,
            }
        }
    }
}
