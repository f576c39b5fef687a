//! A wallet engine: a REST server in which every wallet that has operations is owned by one actor, which takes the
//! wallet's operations in order, decides them in memory, and writes through to PostgreSQL.
//!
//! # The way of one deposit
//!
//! 1. [`api`] (`api/recorded.rs`), once its gate has admitted the caller (`api/gate.rs`, [`auth`]), has [`compat`] read the body into an [`Operation`](domain::Operation), or refuses it
//!    with everything that is wrong with it, before any wallet is accessed. A header may have the key under which
//!    it happens once.
//! 2. [`Engine::apply`](engine::Engine::apply) (`engine/mod.rs`) admits it, if there is room.
//! 3. `engine/registry.rs` finds the wallet's actor. The first request loads the wallet, and requests that arrive
//!    meanwhile wait for that one load; the first operation makes an actor of it, as does the first after a rest.
//! 4. `engine/wallet/actor.rs`, on the HTTP thread of that operation, queues the operation. When no
//!    write of this wallet is in flight, the actor decides everything that is queued, in order, with the pure
//!    [`Wallet::decide`](domain::Wallet::decide) (`domain/wallet.rs`), and hands the accepted ones on as one set; of a
//!    crowd as many as are worth a commit (`engine/wallet/set_limit.rs`).
//! 5. `engine/commit/committer.rs` takes the sets of all wallets that wait (`engine/commit/workers.rs`, `engine/commit/queue.rs`), and
//!    writes them in one transaction. Until then a caller whose time is over withdraws its operation for certain
//!    (`engine/wallet/withdrawal.rs`), and is answered that nothing was done.
//! 6. `storage/journal.rs` sends it as one statement (`sql/queries/commit.sql`): each wallet's balance moves only
//!    if its version and balance are still the expected ones and nothing is held, and its ledger rows are inserted only if the balance moved. A group of
//!    one wallet, and one of a single operation, have statements of their own that do the same with less work
//!    (`commit_wallet.sql`, `commit_operation.sql`). A key that the ledger holds already fails any of
//!    them, and so does a row that stays locked; `commit_carefully.sql` then leaves out the wallet that it belongs to.
//! 7. The commit's answer goes back the same way: the actor publishes the new balance as committed, the waiting
//!    requests get their receipts, `api` writes `{"status":"success","balance":...}`.
//!
//! On a distributed database (`storage/distributed`) a group is of one node, and step 6 is that statement once a shard, on the shard's
//! tables, in one transaction on a session to the node; wallets of several nodes are written together through the coordinator.
//!
//! What arrived during the write is the next batch, so a busy wallet's operations share their commits, and an
//! idle wallet's operation waits for nothing.
//!
//! What concerns several wallets, a transfer or an atomic batch, waits in the commit queue until all of them are there
//! (`engine/linked.rs`, `engine/commit/linking.rs`), and is decided by whoever takes the group, with the pure
//! [`LinkedSet::decide`](domain::linked::LinkedSet::decide). Its wallets are then one unit, which `commit_full.sql` writes
//! whole or leaves out whole.
//!
//! Holds, reversals and rules of a wallet are rows of its ledger like deposits, and go the same ways; that statement writes them
//! too (of one wallet, `commit_terms.sql`). What has expired is released before anything else is decided on a wallet. What a
//! reversal reverses is read from the ledger first (`engine/steps.rs`).
//!
//! # What always holds
//!
//! An operation's balance change and its ledger row commit together; of linked operations all do, or none. No answer leaves before the commit that
//! it depends on. A wallet that another engine wrote is never overwritten: the guard misses, the actor loads it
//! again and decides again. An unknown outcome is settled before any client gets a response, on a server that
//! takes writes, and counts when it is as durable as any (`storage/settle.rs`). What is in memory of a database that a
//! failover or a restore has replaced is loaded again before it is used (`storage/server_identity.rs`).
//!
//! # Which module may use which
//!
//! [`domain`] and [`config`] use nothing of ours; [`telemetry`] uses `config`; [`engine`] the three, and owns the
//! trait that it writes through, [`engine::Journal`]; [`auth`], who may do what, uses `domain` and `config`, and owns
//! [`auth::Directory`]; [`events`], the feed and its webhooks, uses `domain`, `config` and `telemetry`, and owns
//! [`events::Source`]; [`storage`] implements all three; [`compat`] uses `domain`, and is what the
//! recorded service requires; [`statements`], which files of a ledger are written in, uses `domain`, `engine` and `telemetry`; [`web`] is the HTTP
//! ground under both faces: [`api`], which uses the engine and `compat`, and [`admin`], the staff's pages, which use all but
//! `api`; [`messages`] has every text by its code, for both;
//! [`embedded`] is the private PostgreSQL; [`failpoint`] is where tests plant panics; [`app`] and [`cli`] put everything
//! together. `tests/tidy.rs` enforces it.

// They panic where nothing can be written: `cli/output.rs` writes for commands, and everything else is logged.
#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod admin;
pub mod api;
pub mod app;
pub mod auth;
pub mod cli;
pub mod compat;
pub mod config;
pub mod domain;
pub mod embedded;
pub mod engine;
pub mod events;
pub mod failpoint;
pub mod messages;
pub mod statements;
pub mod storage;
pub mod telemetry;
pub mod web;
