#!/bin/sh
# Starts or updates everything, as what the project is: one engine or three, with a standby or without.
#
#   docker/up.sh            build the images and start them (`make up`)
#   docker/up.sh cluster    three engines from now on (`make cluster`)
#   docker/up.sh single     one engine again (`make single`)
#   docker/up.sh roll       the same as the first without building
#
# Engines are replaced one after the other: the next one when the last one serves and nginx passes requests to it again.
# So a cluster goes on serving, also while its settings or its image change, and a new version that does not come up ends
# this with two engines of the old one still serving.
set -eu
cd "$(dirname "$0")/.."
. docker/project.sh

limit_s=120
# Longer than nginx leaves an engine alone that has refused a connection (`fail_timeout`).
nginx_s=3

serves() {
    docker exec "$(container "$1")" wallet-engine healthcheck >/dev/null 2>&1
}

# It serves, or has tried to often enough.
has_settled() {
    serves "$1" || [ "$(docker inspect --format '{{.RestartCount}}' "$(container "$1")")" -ge 3 ]
}

# Whether nginx, if it is there, has the engine among those that it passes requests to.
is_used() {
    ! is_running nginx || ! docker exec "$(container nginx)" test -e "/tmp/wallet/out/$1"
}

# An engine, and whether what it depends on is started as well: once, for the first of them, since that migrates.
replace() {
    before=$(container "$1")
    # shellcheck disable=SC2086 # A word or none.
    docker/compose.sh up --detach --no-build $2 "$1" || {
        docker/compose.sh logs --no-color --tail 20 migrate >&2
        fail "$1 was not replaced; what runs goes on as it is"
    }
    { await $limit_s has_settled "$1" && serves "$1"; } || {
        docker/compose.sh logs --no-color --tail 20 "$1" >&2
        fail "$1 does not serve; what was not replaced yet goes on serving"
    }
    [ "$before" != "$(container "$1")" ] || return 0
    await $limit_s is_used "$1" || fail "nginx passes nothing on to $1: docker/compose.sh logs nginx"
    ! is_cluster || sleep $nginx_s
}

roll() {
    # Which of two servers is the primary is in their data: the one that engines depend on may need the other to come up.
    ! has_standby || docker/compose.sh up --detach --no-build postgres postgres2
    replace engine ''
    if is_cluster; then
        replace engine2 --no-deps
        replace engine3 --no-deps
    fi
    docker/compose.sh up --detach --no-build --remove-orphans
    # It asks as many engines as there are.
    ! is_running prometheus || docker/compose.sh --profile observability up --detach --no-build --no-deps prometheus
    docker/await.sh
}

# A cluster that was started by hand, or by a release that did not mark it.
remember() {
    (mark cluster cluster) 2>/dev/null || {
        # They use the volume.
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
*) fail 'cluster, single, roll or nothing' ;;
esac
roll
