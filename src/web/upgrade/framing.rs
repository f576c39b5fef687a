//! Where in a connection's bytes the heads are.

use actix_http::ServiceConfig;
use actix_http::h1::{Codec, Message, MessageType};
use bytes::BytesMut;
use tokio_util::codec::Decoder;

use super::head::{self, Body, Head};

/// A place in a connection's bytes.
pub struct Framing {
    part: Part,
    config: ServiceConfig,
}

/// What comes next.
enum Part {
    Head,
    /// So many bytes of a body.
    Body(u64),
    /// A body whose end actix-http's decoder finds.
    Followed(Box<Follower>),
    /// Whatever it is, no head is looked for in it.
    Anything,
}

struct Follower {
    codec: Codec,
    unread: BytesMut,
}

/// How far a body goes in the bytes that came.
enum Followed {
    On,
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

    /// Removes the offers of every head that is whole. Returns how many bytes may be passed on: all but a head that
    /// is not whole, which has to come again with what follows it.
    pub fn pass(&mut self, bytes: &mut [u8]) -> usize {
        let mut passed = 0;
        while passed < bytes.len() {
            let rest = &mut bytes[passed..];
            passed += match &mut self.part {
                Part::Head => match head::read(rest) {
                    Head::Partial => return passed,
                    Head::Unreadable => {
                        self.give_up();
                        rest.len()
                    }
                    Head::Whole { bytes, body } => {
                        self.part = match body {
                            Body::Length(0) => Part::Head,
                            Body::Length(length) => Part::Body(length),
                            Body::Intricate => self.follow(&rest[..bytes]),
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
                    Followed::On => rest.len(),
                    Followed::To(end) => {
                        self.part = Part::Head;
                        end
                    }
                    Followed::Broken => {
                        self.give_up();
                        rest.len()
                    }
                },
                Part::Anything => rest.len(),
            };
        }
        passed
    }

    /// Looks for no further head.
    pub fn give_up(&mut self) {
        self.part = Part::Anything;
    }

    /// What comes after a head whose body actix-http has rules for.
    fn follow(&self, head: &[u8]) -> Part {
        let mut codec = Codec::new(self.config.clone());
        match codec.decode(&mut BytesMut::from(head)) {
            Ok(Some(_)) => match codec.message_type() {
                MessageType::None => Part::Head,
                MessageType::Payload => Part::Followed(Box::new(Follower {
                    codec,
                    unread: BytesMut::new(),
                })),
                MessageType::Stream => Part::Anything,
            },
            _ => Part::Anything,
        }
    }
}

impl Follower {
    fn follow(&mut self, bytes: &[u8]) -> Followed {
        self.unread.extend_from_slice(bytes);
        loop {
            match self.codec.decode(&mut self.unread) {
                Ok(Some(Message::Chunk(Some(_)))) => {}
                // Whatever is unread came now: had the end come earlier, it would have been found earlier.
                Ok(Some(Message::Chunk(None))) => {
                    return Followed::To(bytes.len().saturating_sub(self.unread.len()));
                }
                Ok(None) => return Followed::On,
                Ok(Some(Message::Item(_))) | Err(_) => return Followed::Broken,
            }
        }
    }
}
