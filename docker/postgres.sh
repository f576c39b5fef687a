#!/bin/sh
# PostgreSQL as an unprivileged user, also where the image's own entry point wants to begin as root.
#
# The first start makes the cluster, the role `wallet`, which is no superuser, and its database. That happens beside the
# place where the cluster will be, so that one that was interrupted begins again.
set -eu

made=$PGDATA
making=$PGDATA.making
socket=/tmp/making

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
exec postgres -c listen_addresses='*' -c unix_socket_directories="$PGHOST" "$@"
