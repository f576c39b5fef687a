# Shared by standby.sh, switchover.sh, backup.sh and restore.sh: the two PostgreSQL servers, `postgres` and `postgres2`.
# To be sourced by a shell in the project's root.
# shellcheck shell=sh
. docker/project.sh

# The timeout of every step that copies no data.
limit_s=${WALLET_STANDBY_S:-60}
# Either may be the standby of the other. By name: another WAL receiver, such as a backup's, must not count.
synchronous='ANY 1 (postgres, postgres2)'

# A lock against concurrent runs, which would act on outdated state. Scripts that this one runs inherit it.
only_once() {
    [ -z "${WALLET_ONLY_ONCE:-}" ] && command -v flock >/dev/null || return 0
    export WALLET_ONLY_ONCE=1
    exec 9<docker/databases.sh
    flock -n 9 || fail 'another script is running on these databases'
}

other() {
    case $1 in
    postgres) echo postgres2 ;;
    postgres2) echo postgres ;;
    esac
}

# Runs a statement as the superuser and prints its result. Fails if the server does not respond.
query() {
    docker exec --env 'PGOPTIONS=-c statement_timeout=10s' --env PGCONNECT_TIMEOUT=3 "$(container "$1")" \
        timeout 15 psql --no-psqlrc --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1 \
        --username=postgres --dbname=postgres --command="$2" 2>/dev/null
}

# The same without a timeout, and with the server's messages.
order() {
    docker exec "$(container "$1")" psql --no-psqlrc --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1 \
        --username=postgres --dbname=postgres --command="$2"
}

# primary, standby, silent (running, but not responding), stopped or absent.
role() {
    [ -n "$(container "$1")" ] || { echo absent; return; }
    is_running "$1" || { echo stopped; return; }
    case $(query "$1" 'SELECT pg_is_in_recovery()' || true) in
    f) echo primary ;;
    t) echo standby ;;
    *) echo silent ;;
    esac
}

# Which of the two is the primary; empty: neither, or both.
primary() {
    case $(role postgres),$(role postgres2) in
    primary,primary) ;;
    primary,*) echo postgres ;;
    *,primary) echo postgres2 ;;
    esac
}

# Runs a command of postgres-peer on the data of a stopped server.
offline() {
    docker run --rm --network none --read-only --cap-drop ALL --security-opt no-new-privileges --user postgres \
        --tmpfs /tmp --tmpfs /var/lib/postgresql/data:size=4k --env PGDATA=/var/lib/postgresql/15/wallet --env POSTGRES_PEER= \
        --volumes-from "$(container "$1")" --entrypoint postgres-peer "wallet-postgres:${WALLET_TAG:-latest}" "$2"
}

roles() {
    echo "postgres is $(role postgres), postgres2 is $(role postgres2)"
}

is_primary() {
    [ "$(role "$1")" = primary ]
}

# Whether the standby of the primary, $1, is streaming.
is_streaming() {
    [ "$(query "$1" "SELECT state FROM pg_stat_replication WHERE application_name = '$(other "$1")'")" = streaming ]
}

is_synchronous() {
    case $(query "$1" "SELECT sync_state FROM pg_stat_replication
        WHERE application_name = '$(other "$1")' AND state = 'streaming'") in
    sync | quorum) ;;
    *) return 1 ;;
    esac
}

# Whether the standby of the primary, $1, has flushed the WAL up to $2, or up to now.
has_flushed() {
    [ "$(query "$1" "SELECT flush_lsn >= ${2:-pg_current_wal_flush_lsn()} FROM pg_stat_replication
        WHERE application_name = '$(other "$1")'")" = t ]
}

# Makes the commits of $1 wait for the other server, now or once it is promoted: the setting is per server and not
# replicated.
wait_for_other() {
    order "$1" "ALTER SYSTEM SET synchronous_standby_names = '$synchronous'"
    order "$1" 'SELECT pg_reload_conf()' >/dev/null
}

# The checkpointer makes commits wait, once it has reloaded its settings. When this returns it has, if any other process had
# reloaded them before.
checkpoint() {
    order "$1" CHECKPOINT
}

# Makes every commit of the primary, $1, wait for its standby, and records that the standby has all of them.
make_synchronous() {
    await "$limit_s" is_streaming "$1" || return 1
    await "$limit_s" has_flushed "$1" || return 1
    wait_for_other "$(other "$1")"
    wait_for_other "$1"
    await "$limit_s" is_synchronous "$1" || return 1
    checkpoint "$1"
    # Commits that were acknowledged before that.
    end=$(query "$1" "SELECT '''' || pg_current_wal_flush_lsn() || '''::pg_lsn'")
    await "$limit_s" has_flushed "$1" "$end" || return 1
    docker exec "$(container "$1")" sh -c ': >"$(dirname "$PGDATA")/complete"; sync'
}

# Waits for the standby of the primary, $1, without a timeout, and prints its progress.
await_standby() {
    standby=$(other "$1")
    since=$(date +%s)
    until is_streaming "$1"; do
        is_running "$standby" || fail "$standby has stopped: docker/compose.sh logs $standby"
        if [ $(($(date +%s) - since)) -ge 10 ]; then
            since=$(date +%s)
            say "waiting for $standby: $(docker logs --tail 1 "$(container "$standby")" 2>&1)"
        fi
        sleep 0.5
    done
}
