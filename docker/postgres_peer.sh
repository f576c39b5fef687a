#!/bin/sh
# One of two PostgreSQL servers: the primary, or the synchronous standby of the other, $POSTGRES_PEER.
#
#   postgres-peer prepare    before PostgreSQL starts: prepare the data of a primary or a standby
#   postgres-peer conninfo   print the primary_conninfo of a standby
#   postgres-peer healthy    whether this server is the primary, or streams from one
#   postgres-peer fence      with PostgreSQL stopped: never start as a primary again; print how it was stopped
#   postgres-peer unfence    undo that; only if the other was not promoted
#   postgres-peer clear      remove the cluster: the next start copies the other's
#   postgres-peer follows    whether these are the data of a standby
#   postgres-peer complete   whether the other has every commit that this one acknowledged as the primary
#
# The role is stored in the data, so it survives every restart:
#
# * `standby.signal` in the cluster: a standby.
# * `rejoin` beside the cluster: the other was promoted, or is about to be. The next start waits until the other is the
#   primary, then moves the data to its timeline: with pg_rewind, or with a new base backup if that fails. No server starts on
#   these data while the file exists.
# * No cluster: a base backup of the other. A new cluster is created only without a peer, so a server whose volume is lost
#   never begins a history of its own.
# * Otherwise the primary, unless the other already is, on a later timeline.
#
# `complete` beside the cluster of a primary means that the other has each of its acknowledged commits. standby.sh creates it
# when the standby has become synchronous, and removes it before commits stop waiting for the standby.
set -eu

cluster=$PGDATA
beside=$(dirname "$PGDATA")
making=$PGDATA.making
old=$PGDATA.old
rejoin=$beside/rejoin
passfile=/tmp/replication.pgpass
# Common to every connection to the peer.
peer="host=$POSTGRES_PEER port=5432 user=replicator passfile=$passfile connect_timeout=3"
peer="$peer keepalives_idle=5 keepalives_interval=3 keepalives_count=3"

say() {
    echo "postgres-peer: $*" >&2
}

write_passfile() {
    (umask 077; printf '*:*:*:replicator:%s\n' "$(cat /run/secrets/replication_password)" >$passfile)
}

# Queries the other's database `postgres` for one value.
ask_peer() {
    PGOPTIONS='-c statement_timeout=5s' psql --no-psqlrc --no-password --quiet --tuples-only --no-align \
        --dbname="$peer dbname=postgres" --command="$1" 2>/dev/null
}

peer_is_primary() {
    [ "$(ask_peer 'SELECT pg_is_in_recovery()')" = f ]
}

# The other's current timeline, in hexadecimal.
peer_timeline() {
    ask_peer "SELECT left(pg_walfile_name(pg_current_wal_lsn()), 8) WHERE NOT pg_is_in_recovery()"
}

# The latest timeline of this server, by the names of its WAL files.
own_timeline() {
    find "$cluster/pg_wal" -name '????????????????????????' -exec basename {} \; | cut -c 1-8 | sort | tail -n 1
}

await_primary() {
    peer_is_primary || say "waiting until $POSTGRES_PEER is the primary"
    until peer_is_primary; do sleep 0.5; done
}

base_backup() {
    say "base backup of $POSTGRES_PEER"
    until
        rm -rf "$making" "$old"
        mkdir -p "$beside"
        pg_basebackup --dbname="$peer" --no-password --pgdata="$making" --wal-method=stream --checkpoint=fast
    do
        sleep 2
        await_primary
    done
    : >"$making/standby.signal"
    sync
    [ ! -e "$cluster" ] || mv "$cluster" "$old"
    mv "$making" "$cluster"
    rm -rf "$old" "$beside/complete"
}

rewind() {
    # pg_rewind 15 reads the source's timeline from its last checkpoint, and before the first one after a promotion does
    # nothing: commits that only this server has would stay.
    psql --no-psqlrc --no-password --quiet --dbname="$peer dbname=postgres" --command=CHECKPOINT || return 1
    # Left by a crash. It names process 1, now this container's shell; no other container uses these data.
    rm -f "$cluster/postmaster.pid"
    # After a crash pg_rewind first runs recovery in single-user mode, which refuses to start a standby.
    rm -f "$cluster/standby.signal"
    pg_rewind --target-pgdata="$cluster" --source-server="$peer dbname=postgres"
}

rejoin() {
    await_primary
    if rewind; then
        say "the data are on the timeline of $POSTGRES_PEER"
    else
        say "pg_rewind failed"
        base_backup
    fi
    : >"$cluster/standby.signal"
    rm -f "$beside/complete"
    sync
    rm -f "$rejoin"
}

# Whether the other was promoted while this server was down.
is_succeeded() {
    theirs=$(peer_timeline) || return 1
    [ -n "$theirs" ] && [ "$((0x$theirs))" -gt "$((0x$(own_timeline)))" ]
}

prepare() {
    write_passfile
    if [ ! -s "$cluster/PG_VERSION" ]; then
        say "no data yet"
        await_primary
        base_backup
        rm -f "$rejoin"
    elif [ -e "$rejoin" ]; then
        rejoin
    elif [ ! -e "$cluster/standby.signal" ] && is_succeeded; then
        : >"$rejoin"
        rejoin
    fi
    for database in replication postgres; do
        line="host $database replicator all scram-sha-256"
        grep -qxF "$line" "$cluster/pg_hba.conf" || echo "$line" >>"$cluster/pg_hba.conf"
    done
}

healthy() {
    # The second value is whether it streams from a primary.
    state=$(psql --no-psqlrc --quiet --tuples-only --no-align --username=postgres --dbname=postgres --command="
        SELECT pg_is_in_recovery(), EXISTS (SELECT FROM pg_stat_wal_receiver WHERE status = 'streaming')")
    case $state in
    'f|'*) ;;
    't|t') peer_is_primary ;;
    *) exit 1 ;;
    esac
}

fence() {
    mkdir -p "$beside"
    : >"$rejoin"
    sync
    # Without data the next start copies the other's.
    [ -s "$cluster/PG_VERSION" ] || return 0
    : >"$cluster/standby.signal"
    sync
    LC_ALL=C pg_controldata --pgdata="$cluster" | sed -n "
        s/^Database cluster state: *//p
        s/^Latest checkpoint location: *//p"
}

unfence() {
    rm -f "$cluster/standby.signal"
    sync
    rm -f "$rejoin"
}

case ${1-} in
prepare) prepare ;;
conninfo) echo "$peer application_name=$POSTGRES_NAME" ;;
healthy) healthy ;;
fence) fence ;;
unfence) unfence ;;
clear) rm -rf "$cluster" "$making" "$old" "$beside/complete" ;;
follows) [ -e "$cluster/standby.signal" ] || [ -e "$rejoin" ] ;;
complete) [ -e "$beside/complete" ] ;;
*)
    say "there is no command '${1-}'"
    exit 2
    ;;
esac
