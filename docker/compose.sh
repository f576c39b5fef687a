#!/bin/sh
# Compose with this stack's file and project, whichever Compose there is: `docker/compose.sh ps`, for example.
#
# Secrets that are missing are made first, in docker/secrets. Their folder is for its owner alone; the files themselves
# can be read, because a container sees them with the rights that they have here and its user is another.
set -eu
cd "$(dirname "$0")/.."

secrets=docker/secrets
make_password() {
    mkdir -p -m 700 $secrets
    od -An -N32 -tx1 /dev/urandom | tr -d ' \n' >"$1.new"
    chmod 444 "$1.new"
    mv "$1.new" "$1"
}
if [ ! -s $secrets/postgres_password ]; then
    make_password $secrets/postgres_password
    rm -f $secrets/database_url
fi
[ -s $secrets/grafana_password ] || make_password $secrets/grafana_password
if [ ! -s $secrets/database_url ]; then
    password=$(sed "s/['\\\\]/\\\\&/g" $secrets/postgres_password)
    printf "host=postgres user=wallet dbname=wallet password='%s'\n" "$password" >$secrets/database_url.new
    chmod 444 $secrets/database_url.new
    mv $secrets/database_url.new $secrets/database_url
fi

set -- --project-name "${WALLET_PROJECT:-wallet}" --file docker/compose.yaml "$@"
[ ! -e docker/.env ] || set -- --env-file docker/.env "$@"
if docker compose version >/dev/null 2>&1; then
    exec docker compose "$@"
fi
if command -v docker-compose >/dev/null 2>&1; then
    exec docker-compose "$@"
fi
echo 'compose.sh: there is no Compose: install docker-compose-plugin or docker-compose, then try again' >&2
exit 1
