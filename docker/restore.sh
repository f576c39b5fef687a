#!/bin/sh
# Brings a backup back (docs/backup.md).
#
#   docker/restore.sh FILE               what `pg_dump --format custom wallet` wrote
#   docker/restore.sh --time TIME        the database as it was at that moment: '2031-05-01 09:05:00+00'
#   docker/restore.sh --latest           all that was backed up, to the end of its log
#   docker/restore.sh --forget           remove what earlier restores have replaced
#
# 1. It is restored beside what there is, which goes on serving.
# 2. It is tried there: its schema is brought up to date, and every wallet audited. Up to here a failure changes nothing.
# 3. The engines stop, the two change places, and the engines start again. What was replaced is kept under the name that
#    is printed.
#
# A standby is copied anew after a restore of backups, as it has the other history.
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

# A command of the engine on what was restored: the address's host or database, as an expression of sed, then the command.
tried_by_engine() {
    rm -f $url
    sed "$1" docker/secrets/database_url >$url
    chmod 444 $url
    shift
    docker/compose.sh run --rm --no-deps -T --volume "$PWD/$url:/run/restored_url:ro" \
        -e DATABASE_URL_FILE=/run/restored_url migrate "$@"
}

# Both steps, or nothing of the restore is used: an expression of sed.
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

# One transaction, which needs both without a session.
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
        fail "$1 was not restored; the database is as it was"
    fi
    stop_engines
    if ! await "$limit_s" rename; then
        docker/up.sh roll
        fail 'the two databases could not change places; the old one serves'
    fi
    docker/up.sh roll
    say "$1 is restored; what was there is the database $before, until: docker/restore.sh --forget"
}

# A command of postgres-backup on the data of the primary, beside the server, which may be running or not.
beside() {
    docker/compose.sh run --rm --no-deps -T --entrypoint postgres-backup "$first" "$@"
}

remove_trial() {
    docker rm --force "$trial" >/dev/null 2>&1 || true
}

# Recovery has come to its end: or to another one, with the server.
has_ended() {
    ! docker exec "$trial" true 2>/dev/null || docker exec "$trial" pg_isready --quiet --host=127.0.0.1
}

# What pgBackRest wrote down for the recovery: a standby would stop at the same moment.
end_recovery() {
    for name in restore_command recovery_target recovery_target_time recovery_target_action recovery_target_timeline; do
        docker exec "$trial" psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --host=/tmp --username=postgres \
            --dbname=postgres --command="ALTER SYSTEM RESET $name" || return 1
    done
}

recover() {
    remove_trial
    docker/compose.sh run --detach --no-deps --name "$trial" --entrypoint postgres-backup "$first" trial >/dev/null
    # As long as it takes: there may be a week of log.
    until has_ended; do sleep 0.5; done
    docker exec "$trial" true 2>/dev/null && end_recovery && try "s/host=[^ ]*/host=$trial/"
}

is_archived() {
    [ "$(query "$first" "SELECT last_archived_wal >= '$1' FROM pg_stat_archiver")" = t ]
}

from_backups() {
    # What is still in the segment that is written now.
    segment=$(query "$first" 'SELECT pg_walfile_name(pg_switch_wal())')
    await "$limit_s" is_archived "$segment" || say "$segment is not in the repository; what it holds is not restored"
    beside restore "$@" || fail 'nothing was restored; the database is as it was'
    if ! recover; then
        docker logs --tail 20 "$trial" >&2 || true
        remove_trial
        beside drop
        fail 'what was restored is not fit for use; the database is as it was'
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
    say "restored; what was there is the directory $before beside the data, until: docker/restore.sh --forget"
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
[ -n "$first" ] || fail "there is not one primary: $(roles)"
case ${1-} in
--time)
    [ -n "${2-}" ] || fail "which moment? docker/restore.sh --time '2031-05-01 09:05:00+00'"
    from_backups --type=time "--target=$2" --target-action=promote
    ;;
--latest) from_backups --type=default ;;
--forget) forget ;;
'' | -*) fail 'FILE, --time TIME, --latest or --forget' ;;
*) from_dump "$1" ;;
esac
