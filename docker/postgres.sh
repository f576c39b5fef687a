#!/bin/sh
# Starts PostgreSQL as an unprivileged user; the image's own entry point starts as root.
#
#   start-postgres           create the cluster if there is none, and become PostgreSQL
#   start-postgres healthy   the container's health check
#
# The first start creates the cluster, the role `wallet`, which is not a superuser, and its database, in a temporary directory
# beside the final one, so that an interrupted start begins again. With a second PostgreSQL ($POSTGRES_PEER), postgres-peer
# decides whether this server is the primary or the standby, and prepares its data.
set -eu

made=$PGDATA
making=$PGDATA.making
socket=/tmp/making

if [ "${1-}" = healthy ]; then
    # Not by the socket, which exists while the cluster is being created.
    pg_isready -q -h 127.0.0.1 -U wallet -d wallet
    [ -z "$POSTGRES_PEER" ] || exec postgres-peer healthy
    exit 0
fi
if [ -n "$POSTGRES_PEER" ]; then
    # It may wait for the other server. Process 1 ends on a signal only with a handler, and ends all others with it.
    trap 'exit 143' INT TERM
    postgres-peer prepare &
    wait $!
    trap - INT TERM
    # A primary ignores these settings; a standby is defined by its data (standby.signal).
    conninfo=$(postgres-peer conninfo)
    set -- "$@" -c "primary_conninfo=$conninfo" -c "wal_keep_size=$POSTGRES_WAL_KEEP_SIZE"
elif postgres-peer follows; then
    echo 'start-postgres: these are the data of a standby without its primary: docker/standby.sh up' >&2
    exit 1
fi
if [ ! -s "$made/PG_VERSION" ]; then
    rm -rf "$making"
    mkdir -p "$socket" "$(dirname "$made")"
    # The superuser can connect by the socket only, from within this container; all others need a password.
    initdb --pgdata="$making" --username=postgres --auth-local=peer --auth-host=scram-sha-256 \
        --encoding=UTF8 --locale=C.UTF-8 --data-checksums >/dev/null
    echo 'host wallet wallet all scram-sha-256' >>"$making/pg_hba.conf"
    pg_ctl --pgdata="$making" --silent --wait --options="-c listen_addresses='' -c unix_socket_directories=$socket" start
    # By standard input: other users can read a command line.
    psql --quiet --no-psqlrc --set=ON_ERROR_STOP=1 --host="$socket" --username=postgres --dbname=postgres <<'SQL'
\set password `cat /run/secrets/postgres_password`
CREATE ROLE wallet LOGIN PASSWORD :'password';
CREATE DATABASE wallet OWNER wallet;
SQL
    pg_ctl --pgdata="$making" --silent --wait --mode=fast stop
    mv "$making" "$made"
fi
# For testing a restored database before it is swapped in (restore.sh).
line='host wallet_restored wallet all scram-sha-256'
grep -qxF "$line" "$made/pg_hba.conf" || echo "$line" >>"$made/pg_hba.conf"
# The second socket is for the backup container, on the volume.
exec postgres -c listen_addresses='*' -c unix_socket_directories="$PGHOST,$(dirname "$made")" "$@"
