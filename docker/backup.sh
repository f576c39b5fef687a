#!/bin/sh
# Scheduled backups and WAL archiving, for point-in-time recovery (docs/backup.md).
#
#   docker/backup.sh on            enable backups (`make backup`); the first one is made at once
#   docker/backup.sh now [TYPE]    make a backup now: full, diff (changes since the last full one) or incr
#   docker/backup.sh status        list the backups and the archived WAL
#   docker/backup.sh off           disable backups; existing ones are kept
#
# restore.sh restores them.
set -eu
cd "$(dirname "$0")/.."
. docker/databases.sh

# The backup container of the primary.
schedule() {
    case $(primary) in
    postgres) container backup ;;
    postgres2) container backup2 ;;
    *) fail "there is not exactly one primary: $(roles)" ;;
    esac
}

services() {
    echo backup
    ! has_standby || echo backup2
}

is_made() {
    docker exec "$(schedule)" pgbackrest --stanza=wallet info 2>/dev/null | grep -q 'full backup'
}

on() {
    has_backup || mark backup backup
    docker/up.sh
    # Without a timeout, as it depends on the size of the database.
    until is_made; do
        docker exec "$(schedule)" postgres-backup healthy || fail 'the backup failed: docker/compose.sh logs backup'
        sleep 0.5
    done
    say 'backups are enabled, and the first one is complete: docker/backup.sh status'
}

off() {
    docker exec "$(schedule)" postgres-backup off
    # shellcheck disable=SC2046 # Words are what it takes.
    docker/compose.sh rm --stop --force $(services)
    unmark backup
}

case ${1-} in
on) on ;;
now | status | off)
    has_backup || fail 'backups are not enabled: make backup'
    case $1 in
    now) docker exec "$(schedule)" postgres-backup now "${2:-diff}" ;;
    status) docker exec "$(schedule)" pgbackrest --stanza=wallet info ;;
    off) off ;;
    esac
    ;;
*) fail 'usage: docker/backup.sh on | now [TYPE] | status | off' ;;
esac
