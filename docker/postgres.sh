#!/bin/sh
# PostgreSQL as an unprivileged user, also where the image's own entry point wants to begin as root.
#
#   start-postgres           make the cluster if there is none, and become PostgreSQL
#   start-postgres healthy   the container's health check
#
# The first start makes the cluster, the role `wallet`, which is no superuser, and its database. That happens beside the
# place where the cluster will be, so that one that was interrupted begins again. With a second PostgreSQL
# ($POSTGRES_PEER), postgres-peer decides whether this one is its primary or its standby, and makes it so.
set -eu

made=$PGDATA
making=$PGDATA.making
socket=/tmp/making

if [ "${1-}" = healthy ]; then
    # Not by the socket, which is there already while the cluster is being made.
    pg_isready -q -h 127.0.0.1 -U wallet -d wallet
    [ -z "$POSTGRES_PEER" ] || exec postgres-peer healthy
    exit 0
fi
if [ -n "$POSTGRES_PEER" ]; then
    # It may wait for the other one; process 1 ends by a signal only where it says so, and all others end with it.
    trap 'exit 143' INT TERM
    postgres-peer prepare &
    wait $!
    trap - INT TERM
    # What a primary ignores: a standby is recognised by its data (standby.signal).
    conninfo=$(postgres-peer conninfo)
    set -- "$@" -c "primary_conninfo=$conninfo" -c "wal_keep_size=$POSTGRES_WAL_KEEP_SIZE"
elif postgres-peer follows; then
    echo 'start-postgres: these data are the standby of another PostgreSQL, which is not there: docker/standby.sh up' >&2
    exit 1
fi
if [ ! -s "$made/PG_VERSION" ]; then
    rm -rf "$making"
    mkdir -p "$socket" "$(dirname "$made")"
    # The administrator comes by the socket alone, that is from within this container; everybody else with a password.
    initdb --pgdata="$making" --username=postgres --auth-local=peer --auth-host=scram-sha-256 \
        --encoding=UTF8 --locale=C.UTF-8 --data-checksums >/dev/null
    echo 'host wallet wallet all scram-sha-256' >>"$making/pg_hba.conf"
    pg_ctl --pgdata="$making" --silent --wait --options="-c listen_addresses='' -c unix_socket_directories=$socket" start
    # By standard input: a command line can be read by others.
    psql --quiet --no-psqlrc --set=ON_ERROR_STOP=1 --host="$socket" --username=postgres --dbname=postgres <<'SQL'
\set password `cat /run/secrets/postgres_password`
CREATE ROLE wallet LOGIN PASSWORD :'password';
CREATE DATABASE wallet OWNER wallet;
SQL
    pg_ctl --pgdata="$making" --silent --wait --mode=fast stop
    mv "$making" "$made"
fi
# By which a restored database is tried before it takes the place of the other (restore.sh).
line='host wallet_restored wallet all scram-sha-256'
grep -qxF "$line" "$made/pg_hba.conf" || echo "$line" >>"$made/pg_hba.conf"
# The second one is for the backups' container, on the volume.
exec postgres -c listen_addresses='*' -c unix_socket_directories="$PGHOST,$(dirname "$made")" "$@"
