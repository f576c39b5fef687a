#!/bin/sh
# Backups of PostgreSQL by pgBackRest, and its log between them, for restores to a moment (docs/backup.md).
#
#   postgres-backup archive FILE     PostgreSQL's archive_command
#   postgres-backup schedule         the container `backup`: makes what is due while its server is the primary
#   postgres-backup healthy          its health check: the last attempt succeeded
#   postgres-backup now [TYPE]       in that container: a backup at once: full, diff or incr
#   postgres-backup off              nothing is archived any more
#   postgres-backup restore OPTION.. beside the data: what pgBackRest restores with these options
#   postgres-backup trial            become the server of what was restored, which archives nothing and waits for no standby
#   postgres-backup swap NAME        PostgreSQL is not running: the data become NAME, what was restored becomes the data
#   postgres-backup drop             remove what was restored
#   postgres-backup forget           remove what was the data before restores
#
# * `on` in the repository: the log is archived. Without it archive_command succeeds and keeps nothing.
# * `gap` beside the cluster: some of the log never reached the repository, or the history is another since a restore. A
#   backup that is later makes moments after it reachable again, and is due at once.
#
# Commits never wait for the repository. If it takes nothing, the log stays in PostgreSQL's own directory until it is taken,
# or until that is PGBACKREST_ARCHIVE_PUSH_QUEUE_MAX: then pgBackRest drops it, so that the disk does not fill, and there
# is a gap.
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

# The kind of backup that is due; fails if none is.
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
    say "a $1 backup begins"
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
# HELP wallet_backup_last_success_seconds When the last complete backup was made, in seconds since 1970.
# TYPE wallet_backup_last_success_seconds gauge
wallet_backup_last_success_seconds ${last:-0}
# HELP wallet_backup_failing Whether the last attempt at a backup failed.
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
            # In a shell of its own: `set -e` holds in no function whose status is asked for.
            if "$0" once & wait $!; then
                rm -f /tmp/failing
            else
                : >/tmp/failing
                say 'no backup was made; the next attempt follows'
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
    # Some versions only warn of it and take the latest backup, in which later commits would stay.
    case $said in
    *'unable to find backup set'*)
        say 'no backup was complete by that moment: docker/backup.sh status'
        status=1
        ;;
    esac
    [ $status = 0 ] || rm -rf "$restored"
    return $status
}

trial() {
    rm -f "$restored/standby.signal"
    # Without a connection before the end, it needs none of the primary's sizes. What would be archived stays for the
    # server that these data are meant for.
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
