# Shared by the scripts of this folder: the Compose project, its containers, and the mode of the project.
# To be sourced by a shell in the checkout's root.
# shellcheck shell=sh

project=${WALLET_PROJECT:-wallet}

say() {
    echo "$(basename "$0"): $*"
}

fail() {
    echo "$(basename "$0"): $*" >&2
    exit 1
}

# Waits until a command succeeds: seconds, command.
await() {
    until_s=$(($(date +%s) + $1))
    shift
    until "$@"; do
        [ "$(date +%s)" -lt $until_s ] || return 1
        sleep 0.2
    done
}

# The id of a service's container, running or not; empty: there is none.
container() {
    docker ps --all --quiet --no-trunc --filter "label=com.docker.compose.project=$project" \
        --filter "label=com.docker.compose.service=$1" --filter label=com.docker.compose.oneoff=False
}

is_running() {
    [ "$(docker inspect --format '{{.State.Running}}' "$(container "$1")" 2>/dev/null)" = true ]
}

# The mode of a project, such as cluster, is stored beyond its containers: as the label wallet.$1 of the volume $2.
is_marked() {
    [ "$(docker volume inspect --format "{{index .Labels \"wallet.$1\"}}" "${project}_$2" 2>/dev/null)" = true ]
}

mark() {
    # docker-compose 1.29 creates every volume of the file, possibly including this one, without the label.
    docker volume rm "${project}_$2" >/dev/null 2>&1 || true
    docker volume create --label "com.docker.compose.project=$project" --label "com.docker.compose.volume=$2" \
        --label "wallet.$1=true" "${project}_$2" >/dev/null
    is_marked "$1" "$2" || fail "the volume ${project}_$2 is in use and has no label wallet.$1"
}

unmark() {
    docker volume rm "${project}_$1" >/dev/null
}

is_cluster() {
    is_marked cluster cluster || [ -n "$(container engine2)" ]
}

has_standby() {
    is_marked standby postgres2_data
}

has_backup() {
    is_marked backup backup
}
