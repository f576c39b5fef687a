#!/bin/sh
# Makes the standby the primary, and the primary the standby (`make switchover`).
#
#   docker/switchover.sh               both are healthy: nothing is lost, writes pause for some seconds
#   FORCE=1 docker/switchover.sh       the primary is down: promote the standby, if it has every acknowledged commit
#   FORCE=lossy docker/switchover.sh   the same, although it may lack recently acknowledged commits
#
# 1. It is refused unless the standby has everything: as of now, or, if the primary is down, by the marker that standby.sh
#    leaves in its data (`complete`).
# 2. The old primary is stopped and fenced: its data are marked so that it starts only as a standby.
# 3. After a clean shutdown of the primary, the standby has to have replayed its last record. Otherwise 2 is undone.
# 4. The standby is promoted, and makes a checkpoint.
# 5. The old primary starts: it rejoins by pg_rewind, or by a base backup, and is synchronous again.
#
# Interrupted after 2, it leaves no primary, and FORCE=1 completes it.
set -eu
cd "$(dirname "$0")/.."
. docker/databases.sh

is_stopped() {
    ! is_running "$1"
}

# Whether $1 has replayed beyond the record at $2.
has_replayed() {
    [ "$(query "$1" "SELECT pg_last_wal_replay_lsn() > '$2'::pg_lsn")" = t ]
}

# Whether the other had every acknowledged commit of the former primary, $1.
was_complete() {
    [ -n "$(container "$1")" ] && offline "$1" complete
}

# Steps 4 and 5: the new primary.
promote() {
    new=$1
    old=$(other "$1")
    [ "$(query "$new" 'SELECT pg_promote(true, 8)' || true)" = t ] || await "$limit_s" is_primary "$new" ||
        fail "$new could not be promoted, $old is fenced: docker/compose.sh logs $new, then FORCE=1 make switchover"
    order "$new" CHECKPOINT
    say "$new is the primary, after $(($(date +%s) - begun_s)) s"
    docker start "$(container "$old")" >/dev/null
    await_standby "$new"
    make_synchronous "$new" || fail "$old follows $new, but has not caught up: docker/standby.sh status"
    say "$old is its synchronous standby, after $(($(date +%s) - begun_s)) s"
}

orderly() {
    old=$1
    new=$(other "$1")
    is_synchronous "$old" || fail "$new is not synchronous: docker/standby.sh together"
    docker exec "$(container "$old")" postgres-peer complete ||
        fail "$new may lack acknowledged commits: docker/standby.sh together"
    # Writes most of the shutdown checkpoint while operations continue.
    order "$old" CHECKPOINT
    await "$limit_s" has_flushed "$old" || fail "$new has not caught up: docker/standby.sh status"
    say "stopping the primary, $old"
    begun_s=$(date +%s)
    # The server sends all WAL to the standby before it ends.
    docker stop --time 60 "$(container "$old")" >/dev/null
    stopped=$(offline "$old" fence)
    if [ "$(echo "$stopped" | sed -n 1p)" != 'shut down' ] ||
        ! await "$limit_s" has_replayed "$new" "$(echo "$stopped" | sed -n 2p)"; then
        offline "$old" unfence
        docker start "$(container "$old")" >/dev/null
        fail "$new has not caught up, and $old is the primary again; its state at shutdown was: $stopped"
    fi
    promote "$new"
}

forced() {
    case $(role postgres),$(role postgres2) in
    primary,* | *,primary) fail "a primary is running ($(roles)): make switchover, without FORCE" ;;
    standby,standby) fail 'both are standbys: start the one that was the primary, or stop it, then try again' ;;
    standby,*) new=postgres ;;
    *,standby) new=postgres2 ;;
    *) fail "there is no standby to promote: $(roles)" ;;
    esac
    old=$(other "$new")
    begun_s=$(date +%s)
    [ -n "$(container "$old")" ] || docker/compose.sh up --no-start --no-build --no-deps "$old"
    if [ "$FORCE" != lossy ] && ! was_complete "$old"; then
        fail "$new may lack commits that $old acknowledged. Start $old again if possible: \
docker/compose.sh start $old. If not, to accept the loss of those commits: FORCE=lossy make switchover"
    fi
    # A standby that is promoted by force may not have this setting.
    wait_for_other "$new"
    checkpoint "$new"
    say "fencing $old"
    # By the Docker engine, so that no restart policy starts it again.
    docker kill "$(container "$old")" >/dev/null 2>&1 || true
    await "$limit_s" is_stopped "$old" || fail "$old could not be stopped; nothing was changed"
    offline "$old" fence >/dev/null || fail "the data of $old could not be marked; nothing was changed"
    promote "$new"
}

only_once
has_standby || fail 'there is no standby: make standby'
case ${FORCE:-} in
'')
    first=$(primary)
    [ -n "$first" ] || fail "there is not exactly one primary: $(roles). If it is down: FORCE=1 make switchover"
    [ "$(role "$(other "$first")")" = standby ] || fail "there is no standby to switch to: $(roles)"
    orderly "$first"
    ;;
1 | lossy) forced ;;
*) fail "FORCE is '$FORCE', and should be 1 or lossy" ;;
esac
