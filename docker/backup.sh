#!/bin/sh
# Backups on a schedule, and the log between them, so that any moment can be restored (docs/backup.md).
#
#   docker/backup.sh on            from now on (`make backup`); the first backup is made at once
#   docker/backup.sh now [TYPE]    a backup at once: full, diff (what changed since the last full one) or incr
#   docker/backup.sh status        which there are, and how far back a moment may be
#   docker/backup.sh off           no more; what there is stays
#
# restore.sh brings one back.
set -eu
cd "$(dirname "$0")/.."
. docker/databases.sh

# The container whose server is the primary.
schedule() {
    case $(primary) in
    postgres) container backup ;;
    postgres2) container backup2 ;;
    *) fail "there is not one primary: $(roles)" ;;
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
    # As long as it takes, since that depends on how much there is.
    until is_made; do
        docker exec "$(schedule)" postgres-backup healthy || fail 'no backup was made: docker/compose.sh logs backup'
        sleep 0.5
    done
    say 'there is a backup, and the log from then on: docker/backup.sh status'
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
    has_backup || fail 'there are no backups: make backup'
    case $1 in
    now) docker exec "$(schedule)" postgres-backup now "${2:-diff}" ;;
    status) docker exec "$(schedule)" pgbackrest --stanza=wallet info ;;
    off) off ;;
    esac
    ;;
*) fail 'on, now, status or off' ;;
esac
