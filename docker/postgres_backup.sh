#!/bin/sh
# Backups of PostgreSQL by pgBackRest, and WAL archiving, for point-in-time recovery (docs/backup.md).
#
#   postgres-backup archive FILE     PostgreSQL's archive_command
#   postgres-backup schedule         the container `backup`: make the backups that are due, if its server is the primary
#   postgres-backup healthy          its health check: the last attempt succeeded
#   postgres-backup now [TYPE]       in that container: make a backup now: full, diff or incr
#   postgres-backup off              archive nothing any more
#   postgres-backup restore OPTION.. restore beside the data, with these options of pgBackRest
#   postgres-backup trial            become a server of the restored data that archives nothing and waits for no standby
#   postgres-backup swap NAME        with PostgreSQL stopped: rename the data to NAME, and the restored data to the data
#   postgres-backup drop             remove the restored data
#   postgres-backup forget           remove the data that restores have replaced
#
# * `on` in the repository: WAL is archived. Without it archive_command succeeds and archives nothing.
# * `gap` beside the cluster: some WAL never reached the repository, or a restore began a new timeline. Points in time can be
#   restored again from the next backup on, which is due at once.
#
# Commits never wait for the repository. While it is unavailable, WAL stays in pg_wal, up to
# PGBACKREST_ARCHIVE_PUSH_QUEUE_MAX: beyond that pgBackRest drops it, so that the disk does not fill, and there is a gap.
set -eu

repository=/var/lib/pgbackrest
backups=$repository/backup/wallet
beside=$(dirname "$PGDATA")
gap=$beside/gap
restored=$PGDATA.restored

say() {
    echo "postgres-backup: $*" >&2
}

pgbackrest() {
    command pgbackrest --stanza=wallet "$@"
}

archive() {
    [ -e $repository/on ] || return 0
    status=0
    said=$(pgbackrest archive-push "$1" 2>&1) || status=$?
    [ -z "$said" ] || echo "$said" >&2
    case $said in *'dropped WAL file'*) : >"$gap" ;; esac
    return $status
}

is_primary() {
    [ "$(psql --no-psqlrc --tuples-only --no-align --host="$beside" --username=postgres --dbname=postgres \
        --command='SELECT pg_is_in_recovery()' 2>/dev/null)" = f ]
}

# Whether there is a complete backup: name, further tests of find.
has_backup() {
    name=$1
    shift
    [ -n "$(find $backups -mindepth 2 -maxdepth 2 -path "*/$name/backup.manifest" "$@" 2>/dev/null | head -n 1)" ]
}

# The type of backup that is due; fails if none is.
due() {
    if ! has_backup '*F' -mmin "-$((BACKUP_FULL_EVERY_H * 60))"; then
        echo full
    elif [ -e "$gap" ] && ! has_backup '*' -newer "$gap"; then
        echo diff
    elif ! has_backup '*' -mmin "-$((BACKUP_EVERY_H * 60))"; then
        echo diff
    else
        return 1
    fi
}

make_backup() {
    say "starting a $1 backup"
    pgbackrest --type="$1" backup
    say "the $1 backup is complete"
}

begin() {
    pgbackrest stanza-create
    : >$repository/on
    make_backup full
}

# For Prometheus, by node_exporter.
write_metrics() {
    last=$(find $backups -mindepth 2 -maxdepth 2 -name backup.manifest -printf '%Ts\n' 2>/dev/null | sort -n | tail -n 1)
    mkdir -p $repository/metrics
    cat >$repository/metrics/new <<EOF
# HELP wallet_backup_last_success_seconds Unix timestamp of the last successful backup.
# TYPE wallet_backup_last_success_seconds gauge
wallet_backup_last_success_seconds ${last:-0}
# HELP wallet_backup_failing Whether the last backup attempt failed (1) or not (0).
# TYPE wallet_backup_failing gauge
wallet_backup_failing $([ -e /tmp/failing ] && echo 1 || echo 0)
EOF
    mv $repository/metrics/new $repository/metrics/backup.prom
}

once() {
    if [ ! -e $repository/on ]; then
        begin
    elif kind=$(due); then
        make_backup "$kind"
    fi
}

schedule() {
    trap 'exit 0' TERM INT
    while :; do
        if is_primary; then
            # In a separate shell: `set -e` does not apply in a function whose status is tested.
            if "$0" once & wait $!; then
                rm -f /tmp/failing
            else
                : >/tmp/failing
                say 'the backup failed, and will be retried'
            fi
            write_metrics || true
        fi
        sleep 15 & wait $!
    done
}

restore() {
    rm -rf "$restored"
    mkdir -m 700 "$restored"
    status=0
    said=$(pgbackrest --pg1-path="$restored" "$@" restore 2>&1) || status=$?
    [ -z "$said" ] || echo "$said" >&2
    # Some versions only warn about it and use the latest backup, which would keep later commits.
    case $said in
    *'unable to find backup set'*)
        say 'no backup was complete at that time: docker/backup.sh status'
        status=1
        ;;
    esac
    [ $status = 0 ] || rm -rf "$restored"
    return $status
}

trial() {
    rm -f "$restored/standby.signal"
    # With hot_standby off, it needs no settings as high as the primary's. WAL that would be archived is left for the final
    # server of these data.
    exec postgres -D "$restored" -c listen_addresses='*' -c unix_socket_directories=/tmp -c hot_standby=off \
        -c archive_mode=on -c archive_command=false -c synchronous_standby_names= -c primary_conninfo=
}

swap() {
    [ -s "$restored/PG_VERSION" ]
    [ ! -e "$PGDATA" ] || mv "$PGDATA" "$beside/$1"
    mv "$restored" "$PGDATA"
    rm -f "$beside/complete" "$beside/rejoin"
    : >"$gap"
    sync
}

case ${1-} in
archive) archive "$2" ;;
schedule) schedule ;;
once) once ;;
healthy) [ ! -e /tmp/failing ] ;;
now) make_backup "${2:-diff}" ;;
off) rm -f $repository/on ;;
restore)
    shift
    restore "$@"
    ;;
trial) trial ;;
swap) swap "$2" ;;
drop) rm -rf "$restored" ;;
forget) rm -rf "$beside"/before_* ;;
*)
    say "there is no command '${1-}'"
    exit 2
    ;;
esac
