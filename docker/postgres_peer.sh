#!/bin/sh
# One of two PostgreSQLs: the primary, or the synchronous standby of the other, $POSTGRES_PEER.
#
#   postgres-peer prepare    before PostgreSQL starts: make these data the primary's or the standby's
#   postgres-peer conninfo   print how a standby reaches the other
#   postgres-peer healthy    whether this one serves, or follows one that does
#   postgres-peer fence      PostgreSQL is not running: never again a primary by itself; prints how it was stopped
#   postgres-peer unfence    take that back; only while the other was not promoted
#   postgres-peer clear      remove the cluster: the next start copies the other's
#   postgres-peer follows    whether these are a standby's data
#   postgres-peer complete   whether the other had everything that was answered while this one was the primary
#
# Which role this one has is in its data, so it outlives every restart:
#
# * `standby.signal` in the cluster: a standby.
# * `rejoin` beside the cluster: the other was promoted, or is about to be. The next start asks the other until it is the
#   primary, then brings the data to its history: with pg_rewind, or with a fresh base backup if that fails. Nothing
#   starts on these data as long as the file is there.
# * No cluster: a base backup of the other. A first cluster is made only while there is no peer, so one whose
#   volume is lost never begins a history of its own beside the other's.
# * Otherwise the primary, unless the other is one already, on a later timeline.
#
# `complete` beside the cluster of a primary says that each of its answered commits is on the other. standby.sh writes it
# when the standby has become synchronous, and removes it before the primary goes on alone.
set -eu

cluster=$PGDATA
beside=$(dirname "$PGDATA")
making=$PGDATA.making
old=$PGDATA.old
rejoin=$beside/rejoin
passfile=/tmp/replication.pgpass
# Said of a peer in every way.
peer="host=$POSTGRES_PEER port=5432 user=replicator passfile=$passfile connect_timeout=3"
peer="$peer keepalives_idle=5 keepalives_interval=3 keepalives_count=3"

say() {
    echo "postgres-peer: $*" >&2
}

write_passfile() {
    (umask 077; printf '*:*:*:replicator:%s\n' "$(cat /run/secrets/replication_password)" >$passfile)
}

# A query to the other's database `postgres`: one value.
ask_peer() {
    PGOPTIONS='-c statement_timeout=5s' psql --no-psqlrc --no-password --quiet --tuples-only --no-align \
        --dbname="$peer dbname=postgres" --command="$1" 2>/dev/null
}

peer_is_primary() {
    [ "$(ask_peer 'SELECT pg_is_in_recovery()')" = f ]
}

# The timeline that the other writes, in hexadecimal.
peer_timeline() {
    ask_peer "SELECT left(pg_walfile_name(pg_current_wal_lsn()), 8) WHERE NOT pg_is_in_recovery()"
}

# The latest that this one has written, by the names of its log's files.
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
    # pg_rewind 15 reads the source's timeline from its last checkpoint, and before the first one after a promotion
    # finds nothing to do: the commits that only this one has would stay.
    psql --no-psqlrc --no-password --quiet --dbname="$peer dbname=postgres" --command=CHECKPOINT || return 1
    # Left by a crash. It names process 1, which is this container's shell now; and no other container has these data.
    rm -f "$cluster/postmaster.pid"
    # pg_rewind recovers what crashed in single-user mode first, which refuses to be a standby.
    rm -f "$cluster/standby.signal"
    pg_rewind --target-pgdata="$cluster" --source-server="$peer dbname=postgres"
}

rejoin() {
    await_primary
    if rewind; then
        say "the data are those of $POSTGRES_PEER's history"
    else
        say "pg_rewind failed"
        base_backup
    fi
    : >"$cluster/standby.signal"
    rm -f "$beside/complete"
    sync
    rm -f "$rejoin"
}

# Whether the other was promoted while this one was away, although this one does not know of it.
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
    # The last is whether it follows one.
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
    # Without data it will copy the other's.
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
