#!/bin/sh
# Starts or updates the stack in its current mode: one engine or three, with or without a standby.
#
#   docker/up.sh            build the images and start them (`make up`)
#   docker/up.sh cluster    switch to three engines (`make cluster`)
#   docker/up.sh single     switch back to one engine (`make single`)
#   docker/up.sh roll       like the first, without building
#
# A rolling update: the next engine is replaced when the previous one serves and nginx has it in rotation again. So a
# cluster keeps serving while its settings or its image change, and if a new version does not start, two engines of the old
# one are still serving.
#
# If WALLET_AUTH is on, it makes the first key of the API, and stores it in docker/secrets/api_key.
set -eu
cd "$(dirname "$0")/.."
. docker/project.sh

limit_s=120
key=docker/secrets/api_key
# Longer than nginx avoids an engine that refused a connection (`fail_timeout`).
nginx_s=3

serves() {
    docker exec "$(container "$1")" wallet-engine healthcheck >/dev/null 2>&1
}

# It serves, or has been restarted too often.
has_settled() {
    serves "$1" || [ "$(docker inspect --format '{{.RestartCount}}' "$(container "$1")")" -ge 3 ]
}

# Whether nginx, if it is running, has the engine in rotation.
is_used() {
    ! is_running nginx || ! docker exec "$(container nginx)" test -e "/tmp/wallet/out/$1"
}

# Replaces an engine: its name, and --no-deps for all but the first, whose dependencies include the migration.
replace() {
    before=$(container "$1")
    # shellcheck disable=SC2086 # A word or none.
    docker/compose.sh up --detach --no-build $2 "$1" || {
        docker/compose.sh logs --no-color --tail 20 migrate >&2
        fail "$1 was not replaced; the running engines are unchanged"
    }
    { await $limit_s has_settled "$1" && serves "$1"; } || {
        docker/compose.sh logs --no-color --tail 20 "$1" >&2
        fail "$1 does not serve; the engines not yet replaced keep serving"
    }
    [ "$before" != "$(container "$1")" ] || return 0
    await $limit_s is_used "$1" || fail "nginx does not have $1 in rotation: docker/compose.sh logs nginx"
    ! is_cluster || sleep $nginx_s
}

roll() {
    # The primary may be either server: the one that engines depend on may need the other one to start.
    ! has_standby || docker/compose.sh up --detach --no-build postgres postgres2
    replace engine ''
    if is_cluster; then
        replace engine2 --no-deps
        replace engine3 --no-deps
    fi
    docker/compose.sh up --detach --no-build --remove-orphans
    # Its list of engines may have changed.
    ! is_running prometheus || docker/compose.sh --profile observability up --detach --no-build --no-deps prometheus
    docker/await.sh
}

# The status of a request with the key in this file. The key is in no argument: dash's printf is no process.
status_with() {
    printf 'Authorization: Bearer %s\n' "$(cat "$1")" | docker exec --interactive "$(container nginx)" \
        curl --silent --output /dev/null --write-out '%{http_code}' --max-time 20 --header @- \
        http://127.0.0.1:8081/api/wallets/00000000-0000-4000-8000-000000000000/
}

# One line, which has the form of a key.
is_key() {
    [ "$(wc -l <"$1")" -eq 1 ] && grep -Eqx 'wk_[0-9a-f]{64}' "$1"
}

# Makes a key with every scope, unless there is a valid one. A database that is new or was restored does not know the old one.
# An empty file stays empty: the operator wants none.
first_key() {
    [ "$(docker exec "$(container engine)" printenv WALLET_AUTH)" = on ] || return 0
    if [ -e $key ]; then
        [ -s $key ] || return 0
        [ "$(status_with $key)" = 401 ] || { say "the API's first key is in $key"; return 0; }
        say "the API does not accept the key in $key any more"
    fi
    rm -f $key.new
    if ! (umask 077 && docker exec "$(container engine)" wallet-engine create-key first --scopes all >$key.new) ||
        ! is_key $key.new; then
        rm -f $key.new
        say "the API's first key was not made; the stack serves. Keys: docker/compose.sh exec engine wallet-engine keys" >&2
        return 1
    fi
    mv $key.new $key || return 1
    say "the API's first key, with every scope, is in $key: send its content as 'Authorization: Bearer'"
}

# Marks a cluster that was started by hand, or by a release that did not mark it.
remember() {
    (mark cluster cluster) 2>/dev/null || {
        # These containers use the volume.
        docker/compose.sh rm --stop --force engine2 engine3
        mark cluster cluster
    }
}

single() {
    ! is_cluster || {
        docker/compose.sh rm --stop --force engine2 engine3
        unmark cluster
    }
}

case ${1-} in
'' | cluster | single) docker/build.sh ;;
esac
[ -z "$(container engine2)" ] || is_marked cluster cluster || remember
case ${1-} in
'' | roll) ;;
cluster) is_marked cluster cluster || mark cluster cluster ;;
single) single ;;
*) fail 'usage: docker/up.sh [cluster | single | roll]' ;;
esac
roll
# A script that needed the roll goes on with what is to be done, such as saying what was restored.
first_key || [ "${1-}" = roll ]
