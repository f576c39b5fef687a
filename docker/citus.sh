#!/bin/sh
# A node of the distributed database (the profile `distributed`): the coordinator, or a worker.
#
#   start-citus            create the cluster if there is none, and become PostgreSQL
#   start-citus nodes COORDINATOR WORKER...   register them with the coordinator; again is no matter
#   start-citus healthy    the container's health check
#
# The role `wallet` is a superuser here, unlike that of postgres.sh: what a two-phase commit left prepared is recovered by
# superusers alone. Nodes connect to each other as that role, with its password from a file that only this user can read, as
# libpq wants it.
set -eu

made=$PGDATA
making=$PGDATA.making
socket=/tmp/making
password=/run/secrets/postgres_password
export PGPASSFILE=/tmp/pgpass

if [ "${1-}" = healthy ]; then
    # Not by the socket, which exists while the cluster is being created.
    exec pg_isready -q -h 127.0.0.1 -U wallet -d wallet
fi
# Of every host. A colon or a backslash would end the field.
(umask 077 && printf '*:*:*:wallet:%s\n' "$(sed 's/[\\:]/\\&/g' "$password")" >"$PGPASSFILE")
if [ "${1-}" = nodes ]; then
    shift
    coordinator=$1
    shift
    ask() {
        psql --quiet --no-psqlrc --tuples-only --no-align --set=ON_ERROR_STOP=1 --set=host="$1" \
            --host="$coordinator" --username=wallet --dbname=wallet
    }
    echo "SELECT citus_set_coordinator_host(:'host', 5432);" | ask "$coordinator"
    for worker; do
        echo "SELECT 'node ' || citus_add_node(:'host', 5432) || ': ' || :'host';" | ask "$worker"
    done
    exit 0
fi
if [ ! -s "$made/PG_VERSION" ]; then
    rm -rf "$making"
    mkdir -p "$socket" "$(dirname "$made")"
    initdb --pgdata="$making" --username=postgres --auth-local=peer --auth-host=scram-sha-256 \
        --encoding=UTF8 --locale=C.UTF-8 --data-checksums >/dev/null
    echo 'host wallet wallet all scram-sha-256' >>"$making/pg_hba.conf"
    echo "shared_preload_libraries = 'citus'" >>"$making/postgresql.conf"
    pg_ctl --pgdata="$making" --silent --wait --options="-c listen_addresses='' -c unix_socket_directories=$socket" start
    # By standard input: other users can read a command line.
    psql --quiet --no-psqlrc --set=ON_ERROR_STOP=1 --host="$socket" --username=postgres --dbname=postgres <<SQL
\set password \`cat $password\`
CREATE ROLE wallet LOGIN SUPERUSER PASSWORD :'password';
CREATE DATABASE wallet OWNER wallet;
\connect wallet
SET ROLE wallet;
CREATE EXTENSION citus;
SQL
    pg_ctl --pgdata="$making" --silent --wait --mode=fast stop
    mv "$making" "$made"
fi
# This network has no other members, and no TLS, which the extension turns on: its certificate is of X.509's version 1, which
# the engine's TLS library does not read.
# Moving a shard beside its writers is logical replication; a commit over several nodes is prepared on each. Messages are in
# English, as the engine finds the name of a constraint in one that comes from another node.
exec postgres -c listen_addresses='*' -c unix_socket_directories="$PGHOST" \
    -c ssl=off -c citus.node_conninfo=sslmode=disable \
    -c wal_level=logical -c max_prepared_transactions=200 -c lc_messages=C "$@"
