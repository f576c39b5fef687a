//! The whole service as an operator runs it: the images are built, the stack is brought up from nothing by `make up`,
//! `make cluster` and `make standby`, and everything is asked through nginx on port 8080.
//!
//! Needs a Docker engine; `make compose-test` runs it, `make test` does not. The stack is a project of its own, whose
//! volumes are removed before and after. Containers are restarted, killed and cut off under a load whose every operation
//! has a key and is sent until it is acknowledged: at the end every wallet has to hold exactly what was, and the audit has
//! to agree.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what a test needs and cannot have fails the test"
)]

mod access;
mod backup;
mod configuration;
mod edge;
mod hardening;
mod kept_alive;
mod load;
mod nginx_differences;
mod observability;
mod one_client;
mod replacement;
mod stack;
mod standby;

use testkit::{raw_http, replay};

use std::time::Duration;

use kept_alive::Idle;
use load::Load;
use stack::Stack;
use standby::{Deposit, roles};

/// Nothing here takes as long when it works.
const PATIENCE: Duration = Duration::from_secs(90);
/// How long a load goes on before and after something happens to the stack.
const CALM: Duration = Duration::from_secs(2);

#[tokio::test]
async fn one_engine_behind_nginx() {
    let stack = Stack::up("up").await;
    edge::nginx_serves_the_api_and_nothing_else(&stack).await;
    edge::static_files_are_cached_and_nothing_else_is_served(&stack).await;
    edge::what_nginx_refuses_is_refused_in_json(&stack).await;
    hardening::no_container_is_root_or_writes_outside_its_volumes(&stack);
    access::without_a_key_nothing_is_served(&stack).await;
    access::the_key_is_in_its_file_alone(&stack);
    nginx_differences::every_other_case_is_answered_as_recorded(&stack).await;
    one_client::a_body_may_be_as_large_as_the_engine_takes(&stack).await;
    one_client::slow_bodies_take_a_bounded_part(&stack).await;
    stack.k6("hot_wallet");
    access::a_key_that_is_lost_or_not_valid_any_more_is_made_anew(&stack).await;

    let load = Load::start(&stack).await;
    load.goes_on("at first").await;
    for service in ["engine", "postgres", "nginx"] {
        stack.docker(&["restart", &stack.container(service)]);
        load.goes_on(&format!("after the restart of {service}"))
            .await;
    }
    stack.crash("engine");
    load.goes_on("after kill -9 of the engine").await;
    stack.crash("postgres");
    load.goes_on("after kill -9 of PostgreSQL").await;
    let account = load.stop().await;
    account.is_what_the_wallets_hold(&stack).await;
    stack.verify();

    stack.make("down");
    stack.make("up");
    account.is_what_the_wallets_hold(&stack).await;
    stack.verify();
    configuration::what_nginx_refuses_does_not_replace_what_serves(&stack).await;
    configuration::a_changed_configuration_is_in_force_after_make_up(&stack).await;
    edge::a_client_that_asks_too_often_is_told_so(&stack).await;
    one_client::a_client_is_an_address_or_a_network(&stack).await;
    stack.remove();
}

#[tokio::test]
async fn three_engines_on_one_database() {
    let stack = Stack::up("cluster").await;
    hardening::no_container_is_root_or_writes_outside_its_volumes(&stack);
    one_client::an_id_in_upper_case_has_the_same_home(&stack).await;
    access::a_key_that_is_revoked_is_refused_by_every_engine_within_a_second(&stack).await;
    let load = Load::start(&stack).await;
    load.goes_on("at first").await;
    stack.every_engine_has_wallets();
    observability::prometheus_sees_every_engine(&stack).await;
    hardening::no_container_is_root_or_writes_outside_its_volumes(&stack);

    replacement::a_changed_setting_replaces_the_engines_one_by_one(&stack, &load).await;
    replacement::a_wrong_setting_replaces_nothing(&stack);
    load.goes_on("with a wrong setting refused").await;
    replacement::an_engine_that_is_started_by_hand_knows_of_the_others(&stack);
    load.goes_on("with engine2 started by hand").await;

    let mut idle = Idle::open(&stack).await;
    // Halted first, so that it is killed while requests wait for its answers.
    let engine3 = stack.container("engine3");
    stack.docker(&["kill", "--signal", "STOP", &engine3]);
    load.stands_still().await;
    stack.docker(&["kill", &engine3]);
    stack.nginx_leaves_out(&["engine3"]).await;
    load.goes_on("with engine3 killed").await;
    idle.still_answer("with engine3 left out").await;
    observability::an_engine_that_is_gone_is_one_that_is_down(&stack, "engine3").await;
    stack.docker(&["start", &stack.container("engine3")]);
    stack.nginx_leaves_out(&[]).await;
    load.goes_on("with engine3 back").await;
    idle.still_answer("with engine3 back").await;

    stack.cut_off("engine2");
    stack.answers_that_it_cannot("engine2").await;
    stack.nginx_leaves_out(&["engine2"]).await;
    load.goes_on("with engine2 cut off from PostgreSQL").await;
    idle.still_answer("with engine2 left out").await;
    stack.heal("engine2");
    stack.nginx_leaves_out(&[]).await;
    load.goes_on("with engine2 healed").await;
    idle.still_answer("with engine2 healed").await;

    // Homes that move under the readers, one after the other, with no engine out of order.
    for service in ["engine", "engine2", "engine3"] {
        stack.docker(&["restart", &stack.container(service)]);
        stack.nginx_leaves_out(&[]).await;
        load.goes_on(&format!("after the restart of {service}"))
            .await;
        idle.still_answer(&format!("after the restart of {service}"))
            .await;
    }
    let account = load.stop().await;
    account.is_what_the_wallets_hold(&stack).await;
    stack.verify();
    replacement::a_cluster_stays_one_until_it_is_made_single(&stack).await;
    account.is_what_the_wallets_hold(&stack).await;
    stack.remove();
}

#[tokio::test]
async fn backups_under_load_and_what_is_restored_of_them() {
    let stack = Stack::up("up").await;
    let load = Load::start(&stack).await;
    load.goes_on("at first").await;
    stack.run_beside("make backup").await;
    load.goes_on("with backups on").await;
    backup::a_backup_outlasts_the_log_that_postgresql_keeps(&stack, &load).await;
    observability::the_database_and_its_backups_are_watched(&stack).await;
    hardening::no_container_is_root_or_writes_outside_its_volumes(&stack);
    // Otherwise the load would go on with what is not there any more.
    let account = load.stop_undisturbed().await;
    let witness = backup::Witness::new(&stack).await;
    backup::a_moment_is_restored(&stack, &witness).await;
    backup::a_dump_is_restored_if_it_can_be_read(&stack, &witness).await;
    backup::a_repository_that_takes_nothing_stops_no_commit(&stack, &witness).await;
    account.is_what_the_wallets_hold(&stack).await;
    stack.make("down");
    stack.make("up");
    backup::backups_go_on(&stack);
    stack.remove();
}

#[tokio::test]
async fn a_checkout_that_its_owner_alone_can_read_serves() {
    let checkout = tempfile::tempdir().unwrap();
    let stack = Stack::up_from_private_checkout(checkout.path()).await;
    let load = Load::start(&stack).await;
    load.goes_on("from a checkout under umask 077").await;
    load.stop_undisturbed().await;
    observability::the_database_and_its_backups_are_watched(&stack).await;
    stack.remove();
}

#[tokio::test]
async fn a_standby_takes_over_and_nothing_acknowledged_is_lost() {
    let stack = Stack::up("standby").await;
    roles(&stack, "postgres", "postgres2");
    hardening::no_container_is_root_or_writes_outside_its_volumes(&stack);
    let load = Load::start(&stack).await;
    load.goes_on("at first").await;

    stack.make("switchover");
    load.goes_on("after the switch-over").await;
    roles(&stack, "postgres2", "postgres");
    stack.refuses("make switchover FORCE=1", "a primary is running");

    // Not by its restart policy: it stays away until it is started as the standby.
    stack.docker(&["kill", &stack.container("postgres2")]);
    load.stands_still().await;
    stack.refuses("make switchover", "there is not exactly one primary");
    stack.make("switchover FORCE=1");
    load.goes_on("after kill -9 of the primary").await;
    roles(&stack, "postgres", "postgres2");
    hardening::no_container_is_root_or_writes_outside_its_volumes(&stack);

    let deposit = Deposit::new(&stack).await;
    stack.docker(&["stop", &stack.container("postgres2")]);
    load.stands_still().await;
    deposit.is_not_acknowledged().await;
    stack.run("docker/standby.sh alone");
    load.goes_on("without the standby").await;
    deposit.happens_once().await;

    // What was answered meanwhile is on the primary only, so the standby does not take its place.
    stack.docker(&["kill", &stack.container("postgres")]);
    stack.docker(&["start", &stack.container("postgres2")]);
    stack.refuses("make switchover FORCE=1", "postgres2 may lack commits");
    stack.docker(&["start", &stack.container("postgres")]);
    load.goes_on("with the primary back").await;
    stack.refuses("make switchover", "postgres2 is not synchronous");
    stack.run("docker/standby.sh together");
    stack.run("docker/standby.sh rebuild");
    load.goes_on("with a standby made anew").await;
    stack.make("switchover");
    load.goes_on("after the second switch-over").await;

    stack.crash("postgres2");
    load.goes_on("after a crash of the primary, which restarts")
        .await;
    roles(&stack, "postgres2", "postgres");
    let account = load.stop().await;
    account.is_what_the_wallets_hold(&stack).await;
    deposit.happens_once().await;
    stack.verify();

    // Which is the primary is known after everything was removed but the data.
    stack.make("down");
    stack.make("up");
    roles(&stack, "postgres2", "postgres");
    account.is_what_the_wallets_hold(&stack).await;
    stack.verify();
    stack.remove();
}
