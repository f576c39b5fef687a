#!/bin/sh
# The nginx of the stack.
#
#   start.sh         write what the deployment sets, and become nginx
#   start.sh check   the container's health check: ask every engine for /readyz, and leave those out that are not ready
#
# nginx itself finds out that an engine is gone only by failing a request. One that is there and has lost its database
# would go on to fail every request on its wallets.
set -eu

engine_port=8000
check_max_s=2
files=/tmp/wallet

fail() {
    echo "nginx/start.sh: $1" >&2
    exit 1
}

# The `upstream`, with the engines that are not named here marked as down. The ring of homes is made from all of them,
# so that the others' wallets stay where they are.
upstream() {
    echo 'upstream engines {'
    echo '    hash $home consistent;'
    for engine in $WALLET_ENGINES; do
        case " $* " in
        *" $engine "*) echo "    server $engine:$engine_port max_fails=1 fail_timeout=2s;" ;;
        *) echo "    server $engine:$engine_port down;" ;;
        esac
    done
    echo '    keepalive 128;'
    # Shorter than the engine's WALLET_KEEP_ALIVE_S: a request never meets a connection that is being closed.
    echo '    keepalive_timeout 30s;'
    echo '    keepalive_requests 100000;'
    echo '}'
}

whole() {
    case $2 in
    '' | *[!0-9]*) fail "$1 is '$2', and should be a whole number" ;;
    esac
}

settings() {
    whole WALLET_RATE "$WALLET_RATE"
    whole WALLET_BURST "$WALLET_BURST"
    whole WALLET_WAIT_S "$WALLET_WAIT_S"
    echo "limit_req_zone \$limited_client zone=clients:16m rate=${WALLET_RATE}r/s;"
    echo "limit_req zone=clients burst=$WALLET_BURST nodelay;"
    # It is the engine that says when it gave up.
    echo "proxy_read_timeout $((WALLET_WAIT_S + 5))s;"
    echo 'real_ip_header X-Forwarded-For;'
    echo 'geo $realip_remote_addr $by_proxy {'
    echo '    default 0;'
    for proxy in $WALLET_PROXIES; do echo "    $proxy 1;"; done
    echo '}'
    for proxy in $WALLET_PROXIES; do echo "set_real_ip_from $proxy;"; done
}

ready() {
    curl --silent --fail --output "$files/asked.$1" --max-time "$check_max_s" "http://$1:$engine_port/readyz" &&
        : >"$files/ready.$1"
}

check() {
    rm -f "$files"/ready.*
    for engine in $WALLET_ENGINES; do ready "$engine" & done
    wait
    up=
    for engine in $WALLET_ENGINES; do
        [ ! -e "$files/ready.$engine" ] || up="$up $engine"
    done
    # With none left, the engines' own answers say more than nginx's would.
    [ -n "$up" ] || fail 'no engine is ready'
    # shellcheck disable=SC2086 # Words are what it takes.
    upstream $up >"$files/engines.new"
    if cmp -s "$files/engines.new" "$files/engines.conf"; then
        return
    fi
    mv "$files/engines.new" "$files/engines.conf"
    echo "ready:$up" >/proc/1/fd/2 || true
    kill -HUP 1
}

case ${1-} in
check) check ;;
'')
    mkdir -p "$files"
    settings >"$files/settings.conf"
    # shellcheck disable=SC2086
    upstream $WALLET_ENGINES >"$files/engines.conf"
    exec nginx -e stderr -c /etc/nginx/wallet/nginx.conf -g 'daemon off;'
    ;;
*) fail "there is no command '$1'" ;;
esac
