# What standby.sh and switchover.sh share: the two PostgreSQLs, `postgres` and `postgres2`, as their operator sees them.
# To be read by a shell whose directory is the project's.
# shellcheck shell=sh
. docker/project.sh

# How long anything that takes no copy may take.
limit_s=${WALLET_STANDBY_S:-60}
# Either may stand by for the other. By name: any other receiver of the log, such as a backup's, proves nothing.
synchronous='ANY 1 (postgres, postgres2)'

# A second run beside this one would act on what is no longer so. What this one runs itself is no second.
only_once() {
    [ -z "${WALLET_ONLY_ONCE:-}" ] && command -v flock >/dev/null || return 0
    export WALLET_ONLY_ONCE=1
    exec 9<docker/databases.sh
    flock -n 9 || fail 'another one is at work on these databases'
}

other() {
    case $1 in
    postgres) echo postgres2 ;;
    postgres2) echo postgres ;;
    esac
}

# A statement, as the administrator: what it returns. Fails if the server does not answer.
query() {
    docker exec --env 'PGOPTIONS=-c statement_timeout=10s' --env PGCONNECT_TIMEOUT=3 "$(container "$1")" \
        timeout 15 psql --no-psqlrc --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1 \
        --username=postgres --dbname=postgres --command="$2" 2>/dev/null
}

# The same without a limit, with what the server says.
order() {
    docker exec "$(container "$1")" psql --no-psqlrc --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1 \
        --username=postgres --dbname=postgres --command="$2"
}

# primary, standby, silent (running, without an answer), stopped or absent.
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

# A command of postgres-peer on the data of one that is stopped.
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

# Whether the primary, $1, has its standby at its log's end.
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

# Whether the standby of the primary, $1, has flushed its log up to $2, or up to now.
has_flushed() {
    [ "$(query "$1" "SELECT flush_lsn >= ${2:-pg_current_wal_flush_lsn()} FROM pg_stat_replication
        WHERE application_name = '$(other "$1")'")" = t ]
}

# Makes the commits of $1 wait for the other, now or as soon as it is promoted: each has a setting of its own, which is not
# replicated.
wait_for_other() {
    order "$1" "ALTER SYSTEM SET synchronous_standby_names = '$synchronous'"
    order "$1" 'SELECT pg_reload_conf()' >/dev/null
}

# It is the checkpointer that makes commits wait, once it has read its settings: they do when this has returned, if any
# process has read them before.
checkpoint() {
    order "$1" CHECKPOINT
}

# Makes every commit of the primary, $1, wait for its standby, and notes that the standby has all of them.
make_synchronous() {
    await "$limit_s" is_streaming "$1" || return 1
    await "$limit_s" has_flushed "$1" || return 1
    wait_for_other "$(other "$1")"
    wait_for_other "$1"
    await "$limit_s" is_synchronous "$1" || return 1
    checkpoint "$1"
    # What was answered before that.
    end=$(query "$1" "SELECT '''' || pg_current_wal_flush_lsn() || '''::pg_lsn'")
    await "$limit_s" has_flushed "$1" "$end" || return 1
    docker exec "$(container "$1")" sh -c ': >"$(dirname "$PGDATA")/complete"; sync'
}

# Waits for the standby of the primary, $1, while it says what it is at: a copy takes as long as it takes.
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
