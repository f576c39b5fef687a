#!/bin/sh
# nginx of the stack.
#
#   start.sh          write the settings of the deployment, and become nginx
#   start.sh test     write them, and test the configuration
#   start.sh check    the container's health check: query /readyz of every engine, and take those that are not ready out of
#                     rotation
#   start.sh limits   print the limits per client
#
# nginx itself detects that an engine is down only when a request fails, and would keep sending requests to an engine that
# runs but has lost its database.
set -eu

engine_port=8000
engines_max=5
check_max_s=2
# The engine's timeout for a page of the panel is 30 s, or WALLET_WAIT_S + 5 s if that is longer (`page_max`).
page_max_s=35
# The longest `wait` of /api/events/ (`WAIT_MAX_S` of src/api/events.rs).
events_wait_max_s=30
workers_max=4
connections_max=8192
conf=/etc/nginx/wallet/nginx.conf
files=/tmp/wallet

fail() {
    echo "nginx/start.sh: $1" >&2
    exit 1
}

whole() {
    case $2 in
    '' | *[!0-9]*) fail "$1 is '$2', and should be a whole number" ;;
    esac
    [ "$2" -ge 1 ] || fail "$1 is '$2', and should be at least 1"
}

settings() {
    whole WALLET_RATE "$WALLET_RATE"
    whole WALLET_BURST "$WALLET_BURST"
    whole WALLET_CONCURRENCY "$WALLET_CONCURRENCY"
    whole WALLET_WAIT_S "$WALLET_WAIT_S"
    echo "limit_req_zone \$limited_client zone=rates:16m rate=${WALLET_RATE}r/s;"
    echo "limit_req zone=rates burst=$WALLET_BURST nodelay;"
    echo 'limit_conn_zone $limited_client zone=requests:2m;'
    echo "limit_conn requests $WALLET_CONCURRENCY;"
    # Longer than the engine's own timeout, so that the engine responds first.
    echo "proxy_read_timeout $((WALLET_WAIT_S + 5))s;"
    # X-Forwarded-For is read from its end, skipping trusted proxies, as the engine does.
    echo 'real_ip_header X-Forwarded-For;'
    echo 'real_ip_recursive on;'
    echo 'geo $realip_remote_addr $by_proxy {'
    echo '    default 0;'
    for proxy in $WALLET_PROXIES; do echo "    $proxy 1;"; done
    echo '}'
    for proxy in $WALLET_PROXIES; do echo "set_real_ip_from $proxy;"; done
}

# A page of the panel may take longer than an operation.
panel() {
    timeout=$((WALLET_WAIT_S + 10))
    [ "$timeout" -ge "$page_max_s" ] || timeout=$page_max_s
    echo "proxy_read_timeout ${timeout}s;"
}

# A page of the feed is waited for, and then read.
events() {
    echo "proxy_read_timeout $((events_wait_max_s + WALLET_WAIT_S + 5))s;"
}

workers() {
    workers=$(nproc)
    [ "$workers" -le $workers_max ] || workers=$workers_max
    echo "worker_processes $workers;"
    echo "events { worker_connections $((connections_max / workers)); }"
}

# upstream NAME ENGINES_OUT: an upstream with these engines marked as down. All engines are in the hash ring, so that the
# wallets of the others do not move. If all are down, none is marked, as the engines' own errors say more than nginx's.
upstream() {
    [ "$2" != "$all_out" ] || set -- "$1" ''
    echo "upstream $1 {"
    echo '    hash $home consistent;'
    for engine in $WALLET_ENGINES; do
        case "$2 " in
        *" $engine "*) echo "    server $engine:$engine_port down;" ;;
        *) echo "    server $engine:$engine_port max_fails=1 fail_timeout=2s;" ;;
        esac
    done
    echo '    keepalive 128;'
    # Shorter than the engine's WALLET_KEEP_ALIVE_S, so that no request is sent on a connection that the engine is closing.
    echo '    keepalive_timeout 30s;'
    echo '    keepalive_requests 100000;'
    echo '}'
}

# upstreams NAME ENGINES_OUT [ENGINE...]: an upstream for every subset of the remaining engines.
upstreams() {
    name=$1 out=$2
    shift 2
    if [ $# = 0 ]; then
        upstream "$name" "$out"
        return
    fi
    engine=$1
    shift
    (upstreams "$name" "$out" "$@")
    (upstreams "$name-$engine" "$out $engine" "$@")
}

# The name of the `upstream` of a request.
choice() {
    echo 'set $engines engines;'
    for engine in $WALLET_ENGINES; do
        echo "if (-f $files/out/$engine) { set \$engines \"\${engines}-$engine\"; }"
    done
}

configure() {
    mkdir -p "$files/out" "$files/ready"
    rm -f "$files"/out/*
    # shellcheck disable=SC2086 # Words are what it takes, here and below.
    set -- $WALLET_ENGINES
    [ $# -ge 1 ] && [ $# -le $engines_max ] || fail "WALLET_ENGINES should name 1 to $engines_max engines"
    all_out=
    for engine; do all_out="$all_out $engine"; done
    workers >"$files/workers.conf"
    settings >"$files/settings.conf"
    panel >"$files/panel.conf"
    events >"$files/events.conf"
    upstreams engines '' "$@" >"$files/upstreams.conf"
    choice >"$files/ready.conf"
}

ready() {
    curl --silent --fail --output /dev/null --max-time "$check_max_s" "http://$1:$engine_port/readyz" &&
        : >"$files/ready/$1"
}

check() {
    rm -f "$files"/ready/*
    for engine in $WALLET_ENGINES; do ready "$engine" & done
    wait
    for engine in $WALLET_ENGINES; do
        if [ -e "$files/ready/$engine" ]; then
            [ ! -e "$files/out/$engine" ] || say "$engine is ready: in rotation"
            rm -f "$files/out/$engine"
        else
            [ -e "$files/out/$engine" ] || say "$engine is not ready: out of rotation"
            : >"$files/out/$engine"
        fi
    done
    set -- "$files"/ready/*
    [ -e "$1" ] || fail 'no engine is ready'
}

# Writes to nginx's error log.
say() {
    echo "nginx/start.sh: $1" >/proc/1/fd/2 || true
}

limits() {
    echo "Limits per client (an IPv4 address, or an IPv6 /64 network): $WALLET_RATE requests per second with a burst of" \
        "$WALLET_BURST, and $WALLET_CONCURRENCY concurrent requests; beyond them, 429. WALLET_RATE, WALLET_BURST and" \
        "WALLET_CONCURRENCY in docker/.env change them."
}

case ${1-} in
check) check ;;
limits) limits ;;
test)
    configure
    exec nginx -e stderr -c $conf -t -q
    ;;
'')
    configure
    exec nginx -e stderr -c $conf -g 'daemon off;'
    ;;
*) fail "there is no command '$1'" ;;
esac
