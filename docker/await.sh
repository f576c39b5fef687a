#!/bin/sh
# Waits until every container is healthy, and prints the address; otherwise prints the unhealthy ones and their logs.
set -eu
cd "$(dirname "$0")/.."

limit_s=120
format='{{.Name}} {{if not .State.Running}}{{if eq .State.ExitCode 0}}healthy{{else}}failed{{end}}{{else}}{{.State.Health.Status}}{{end}}'

containers=$(docker/compose.sh --profile cluster ps --quiet)
deadline=$(($(date +%s) + limit_s))
while :; do
    # shellcheck disable=SC2086 # Words are what it takes.
    ill=$(docker inspect --format "$format" $containers | grep -v ' healthy$' || true)
    [ -n "$ill" ] || break
    if [ "$(date +%s)" -ge $deadline ]; then
        docker/compose.sh --profile cluster logs --tail 20 >&2
        printf 'Not healthy after %s seconds:\n%s\n' $limit_s "$ill" >&2
        exit 1
    fi
    sleep 0.5
done
address=$(docker/compose.sh port nginx 8080)
echo "Serving on http://$address, with the documentation at /api/docs/ and the panel at /admin/"
case $address in
127.*) echo 'Only this host can reach it. WALLET_PORT=8080 in docker/.env publishes it on every interface.' ;;
*) echo 'Any client can reach it, without TLS: put a proxy with TLS in front of it (WALLET_PORT).' ;;
esac
if [ "$(docker/compose.sh exec -T engine printenv WALLET_AUTH)" != on ]; then
    echo 'WALLET_AUTH is off: any client that can reach this address can use every wallet.'
fi
docker/compose.sh exec -T nginx /etc/nginx/wallet/start.sh limits
