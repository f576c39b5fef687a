//! The start of an actor, in two steps: it has its address, and messages, before it runs.

use actix::dev::channel::{AddressReceiver, channel};
use actix::{Actor, Addr, Arbiter, Context};

use super::WalletActor;

/// An actor that has an address already.
pub(in crate::engine) struct Unstarted {
    actor: WalletActor,
    mailbox: AddressReceiver<WalletActor>,
}

impl Unstarted {
    /// Starts the actor on this thread.
    pub fn start_here(self) {
        let Self { actor, mailbox } = self;
        Arbiter::current().spawn_fn(move || {
            Context::with_receiver(mailbox).run(actor);
        });
    }
}

impl WalletActor {
    /// Returns the actor's address, which takes messages at once, and the actor, which is to be started.
    ///
    /// Its mailbox is created here, because one that the actor creates for itself holds 16 messages until the actor has
    /// started (actix 0.13). The limit is [`SharedState::join`]; the mailbox only must not be smaller.
    pub fn with_address(self) -> (Addr<Self>, Unstarted) {
        let (sender, mailbox) = channel(self.shared.places());
        let unstarted = Unstarted {
            actor: self,
            mailbox,
        };
        (Addr::new(sender), unstarted)
    }
}

impl Actor for WalletActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.rest_once_unused(ctx);
    }
}
