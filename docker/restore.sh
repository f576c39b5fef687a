#!/bin/sh
# Restores a backup or a dump (docs/backup.md).
#
#   docker/restore.sh FILE               a dump by `pg_dump --format custom wallet`
#   docker/restore.sh --time TIME        the database as of that time: '2031-05-01 09:05:00+00'
#   docker/restore.sh --latest           the whole repository, to the end of the archived WAL
#   docker/restore.sh --forget           remove what earlier restores have replaced
#
# 1. It restores beside the current database, which keeps serving.
# 2. It tests the restored database: it migrates the schema and audits every wallet. Until here a failure changes nothing.
# 3. The engines stop, the two are swapped, and the engines start again. The replaced one is kept under the name that is
#    printed.
#
# A standby is rebuilt after a restore of backups, as it is on the old timeline.
set -eu
cd "$(dirname "$0")/.."
. docker/databases.sh

before=before_$(date -u +%Y%m%dt%H%M%Sz)
url=docker/secrets/database_url_restored
trial=${project}_restored

engines() {
    echo engine
    ! is_cluster || echo engine2 engine3
}

# Runs a command of the engine on the restored database: a sed expression that changes DATABASE_URL, then the command.
tried_by_engine() {
    rm -f $url
    sed "$1" docker/secrets/database_url >$url
    chmod 444 $url
    shift
    docker/compose.sh run --rm --no-deps -T --volume "$PWD/$url:/run/restored_url:ro" \
        -e DATABASE_URL_FILE=/run/restored_url migrate "$@"
}

# Migrates and audits the restored database: a sed expression that changes DATABASE_URL.
try() {
    tried_by_engine "$1" migrate && tried_by_engine "$1" verify
}

stop_engines() {
    # shellcheck disable=SC2046 # Words are what it takes.
    docker/compose.sh stop $(engines)
}

drop_restored() {
    docker exec "$(container "$first")" dropdb --if-exists --force --username=postgres wallet_restored 2>/dev/null
}

# One transaction; neither database may have a session.
rename() {
    docker exec -i "$(container "$first")" psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --username=postgres \
        --dbname=postgres >/dev/null <<SQL
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname IN ('wallet', 'wallet_restored');
BEGIN;
ALTER DATABASE wallet RENAME TO $before;
ALTER DATABASE wallet_restored RENAME TO wallet;
COMMIT;
SQL
}

from_dump() {
    [ -r "$1" ] || fail "$1 cannot be read"
    drop_restored
    order "$first" 'CREATE DATABASE wallet_restored OWNER wallet'
    if ! docker exec -i "$(container "$first")" pg_restore --username=postgres --dbname=wallet_restored --exit-on-error <"$1" ||
        ! docker exec "$(container "$first")" vacuumdb --quiet --analyze-only --username=postgres wallet_restored ||
        ! try 's/dbname=wallet /dbname=wallet_restored /'; then
        drop_restored
        fail "$1 was not restored; the database is unchanged"
    fi
    stop_engines
    if ! await "$limit_s" rename; then
        docker/up.sh roll
        fail 'the two databases could not be swapped; the old one serves'
    fi
    docker/up.sh roll
    say "$1 is restored; the replaced database is kept as $before until docker/restore.sh --forget"
}

# Runs a command of postgres-backup on the data of the primary, whether the server is running or not.
beside() {
    docker/compose.sh run --rm --no-deps -T --entrypoint postgres-backup "$first" "$@"
}

remove_trial() {
    docker rm --force "$trial" >/dev/null 2>&1 || true
}

# Recovery has completed, or the server has ended.
has_ended() {
    ! docker exec "$trial" true 2>/dev/null || docker exec "$trial" pg_isready --quiet --host=127.0.0.1
}

# Removes the recovery settings of pgBackRest, with which a standby would stop at the same point.
end_recovery() {
    for name in restore_command recovery_target recovery_target_time recovery_target_action recovery_target_timeline; do
        docker exec "$trial" psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --host=/tmp --username=postgres \
            --dbname=postgres --command="ALTER SYSTEM RESET $name" || return 1
    done
}

recover() {
    remove_trial
    docker/compose.sh run --detach --no-deps --name "$trial" --entrypoint postgres-backup "$first" trial >/dev/null
    # Without a timeout: there may be a week of WAL.
    until has_ended; do sleep 0.5; done
    docker exec "$trial" true 2>/dev/null && end_recovery && try "s/host=[^ ]*/host=$trial/"
}

is_archived() {
    [ "$(query "$first" "SELECT last_archived_wal >= '$1' FROM pg_stat_archiver")" = t ]
}

from_backups() {
    # The commits in the current WAL segment.
    segment=$(query "$first" 'SELECT pg_walfile_name(pg_switch_wal())')
    await "$limit_s" is_archived "$segment" || say "the WAL segment $segment was not archived; its commits are not restored"
    beside restore "$@" || fail 'the restore failed; the database is unchanged'
    if ! recover; then
        docker logs --tail 20 "$trial" >&2 || true
        remove_trial
        beside drop
        fail 'the restored database failed its test; the database is unchanged'
    fi
    docker logs "$trial" 2>&1 | sed -n 's/.*LOG: *\(recovery stopping.*\|last completed transaction.*\)/\1/p'
    docker stop --time 60 "$trial" >/dev/null
    remove_trial
    stop_engines
    ! has_standby || docker stop --time 60 "$(container "$(other "$first")")" >/dev/null
    docker stop --time 60 "$(container "$first")" >/dev/null
    beside swap "$before"
    docker start "$(container "$first")" >/dev/null
    await "$limit_s" is_primary "$first" || fail "$first does not start: docker/compose.sh logs $first"
    ! has_standby || docker/standby.sh rebuild
    docker/up.sh roll
    say "restored; the replaced data are kept in the directory $before until docker/restore.sh --forget"
}

forget() {
    for database in $(query "$first" "SELECT datname FROM pg_database WHERE datname LIKE 'before\_%'"); do
        order "$first" "DROP DATABASE $database WITH (FORCE)"
    done
    beside forget
}

only_once
trap 'rm -f $url' EXIT
first=$(primary)
[ -n "$first" ] || fail "there is not exactly one primary: $(roles)"
case ${1-} in
--time)
    [ -n "${2-}" ] || fail "missing time: docker/restore.sh --time '2031-05-01 09:05:00+00'"
    from_backups --type=time "--target=$2" --target-action=promote
    ;;
--latest) from_backups --type=default ;;
--forget) forget ;;
'' | -*) fail 'usage: docker/restore.sh FILE | --time TIME | --latest | --forget' ;;
*) from_dump "$1" ;;
esac
