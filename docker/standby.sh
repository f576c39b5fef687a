#!/bin/sh
# The synchronous standby, a second PostgreSQL: docs/replication.md.
#
#   docker/standby.sh up         create or start it, and the rest of the stack (`make standby`)
#   docker/standby.sh status     print the roles, and whether the standby has every acknowledged commit
#   docker/standby.sh alone      for a longer outage of the standby: commits no longer wait for it
#   docker/standby.sh together   after that: commits wait for it again
#   docker/standby.sh rebuild    rebuild the standby from a base backup
#   docker/standby.sh remove     go back to one PostgreSQL, `postgres`
#
# switchover.sh exchanges the roles.
set -eu
cd "$(dirname "$0")/.."
. docker/databases.sh

known_primary() {
    known=$(primary)
    [ -n "$known" ] || fail "there is not exactly one primary: $(roles)"
    echo "$known"
}

# The role for replication, with the privileges that pg_rewind 15 needs.
make_role() {
    docker exec -i "$(container "$1")" psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 \
        --username=postgres --dbname=postgres >/dev/null <<'SQL'
-- The standby that the commit would wait for does not exist yet, and will copy this.
SET synchronous_commit TO local;
SET lock_timeout TO '10s';
\set password `cat /run/secrets/replication_password`
SELECT 'CREATE ROLE replicator LOGIN REPLICATION'
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'replicator')
\gexec
ALTER ROLE replicator PASSWORD :'password';
GRANT pg_checkpoint TO replicator;
GRANT EXECUTE ON FUNCTION
    pg_ls_dir(text, boolean, boolean),
    pg_stat_file(text, boolean),
    pg_read_binary_file(text),
    pg_read_binary_file(text, bigint, bigint, boolean)
TO replicator;
SQL
}

# `postgres` starts without a peer first: with one, a server without data would wait for the other's. Not if it is the
# standby, after the loss of the other's volume.
begin() {
    [ -n "$(container postgres)" ] || docker/compose.sh up --no-start --no-build --no-deps postgres
    if ! offline postgres follows; then
        docker/compose.sh up --detach --no-build --no-deps postgres
        await "$limit_s" is_primary postgres || fail 'postgres is not a primary: docker/compose.sh logs postgres'
        make_role postgres
    fi
    mark standby postgres2_data
}

up() {
    has_standby || begin
    docker/compose.sh up --detach --no-build --no-deps postgres postgres2
    await "$limit_s" one_primary || fail "no primary: $(roles). If one is lost for good: FORCE=1 make switchover"
    first=$(primary)
    await_standby "$first"
    make_synchronous "$first" || fail "$(other "$first") has not caught up: docker/standby.sh status"
    docker/up.sh roll
    status
}

one_primary() {
    [ -n "$(primary)" ]
}

status() {
    for one in postgres postgres2; do
        echo "$one: $(role "$one")"
    done
    first=$(primary)
    [ -n "$first" ] || return 1
    query "$first" "
        SELECT format('timeline %s, synchronous_standby_names %L',
            ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int,
            current_setting('synchronous_standby_names'))"
    query "$first" "
        SELECT format('%s: %s, %s, %s bytes not flushed, %s not replayed', application_name, state, sync_state,
            pg_current_wal_lsn() - flush_lsn, pg_current_wal_lsn() - replay_lsn)
        FROM pg_stat_replication WHERE application_name IN ('postgres', 'postgres2')"
    if docker exec "$(container "$first")" postgres-peer complete; then
        echo "$(other "$first") has every acknowledged commit"
    else
        echo "$(other "$first") may lack acknowledged commits"
    fi
}

alone() {
    first=$(known_primary)
    docker exec "$(container "$first")" sh -c 'rm -f "$(dirname "$PGDATA")/complete"; sync'
    order "$first" "ALTER SYSTEM SET synchronous_standby_names = ''"
    order "$first" 'SELECT pg_reload_conf()' >/dev/null
    say "commits of $first no longer wait for a standby, until docker/standby.sh together"
}

together() {
    first=$(known_primary)
    docker start "$(container "$(other "$first")")" >/dev/null
    await_standby "$first"
    make_synchronous "$first" || fail "$(other "$first") has not caught up: docker/standby.sh status"
    say "$(other "$first") has caught up; commits of $first wait for it"
}

rebuild() {
    first=$(known_primary)
    second=$(other "$first")
    say "copying $first to $second; commits wait meanwhile, unless: docker/standby.sh alone"
    docker stop --time 60 "$(container "$second")" >/dev/null
    offline "$second" clear
    together
}

remove() {
    first=$(known_primary)
    [ "$first" = postgres ] || fail 'postgres2 is the primary: make switchover first'
    alone
    ! has_backup || docker/compose.sh rm --stop --force backup2
    docker/compose.sh rm --stop --force postgres2
    unmark postgres2_data
    docker/up.sh roll
}

only_once
case ${1-} in
up) up ;;
status | alone | together | rebuild | remove)
    has_standby || fail 'there is no standby: make standby'
    "$1"
    ;;
*) fail 'usage: docker/standby.sh up | status | alone | together | rebuild | remove' ;;
esac
