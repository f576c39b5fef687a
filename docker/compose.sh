#!/bin/sh
# Runs Compose, v2 or docker-compose, with this stack's file and project, for example `docker/compose.sh ps`.
#
# It first creates missing secrets in docker/secrets. Only the owner can enter that folder; the files in it are readable by
# all, because a container sees them with these permissions, and its user is another one.
#
# The mode of the project (project.sh) applies to every command: with a standby, its profile and both addresses of the
# database; in a cluster, the other engines and WALLET_SHARED; with backups, the containers that make them.
set -eu
cd "$(dirname "$0")/.."
. docker/project.sh

secrets=docker/secrets
make_password() {
    mkdir -p -m 700 $secrets
    od -An -N32 -tx1 /dev/urandom | tr -d ' \n' >"$1.new"
    chmod 444 "$1.new"
    mv "$1.new" "$1"
}
# The DATABASE_URL of the engines: hosts, file.
make_address() {
    password=$(sed "s/['\\\\]/\\\\&/g" $secrets/postgres_password)
    printf "host=%s user=wallet dbname=wallet password='%s'\n" "$1" "$password" >"$2.new"
    chmod 444 "$2.new"
    mv "$2.new" "$2"
}
if [ ! -s $secrets/postgres_password ]; then
    make_password $secrets/postgres_password
    rm -f $secrets/database_url $secrets/database_url_standby $secrets/database_url_citus
fi
[ -s $secrets/grafana_password ] || make_password $secrets/grafana_password
[ -s $secrets/replication_password ] || make_password $secrets/replication_password
[ -s $secrets/database_url ] || make_address postgres $secrets/database_url
[ -s $secrets/database_url_citus ] || make_address citus $secrets/database_url_citus
[ -s $secrets/database_url_standby ] || make_address postgres,postgres2 $secrets/database_url_standby

unset WALLET_PG_PEER WALLET_DATABASE_URL WALLET_HAS_STANDBY WALLET_IS_CLUSTER WALLET_HAS_BACKUP
if has_standby; then
    export WALLET_PG_PEER=postgres2 WALLET_DATABASE_URL=database_url_standby WALLET_HAS_STANDBY=true
    set -- --profile standby "$@"
fi
if is_cluster; then
    export WALLET_SHARED=true WALLET_ENGINES='engine engine2 engine3' WALLET_IS_CLUSTER=true
    set -- --profile cluster "$@"
fi
if has_backup; then
    export WALLET_HAS_BACKUP=true
    set -- --profile backup "$@"
    ! has_standby || set -- --profile backup2 "$@"
fi
set -- --project-name "$project" --file docker/compose.yaml "$@"
[ ! -e docker/.env ] || set -- --env-file docker/.env "$@"
if docker compose version >/dev/null 2>&1; then
    exec docker compose "$@"
fi
if command -v docker-compose >/dev/null 2>&1; then
    exec docker-compose "$@"
fi
fail 'there is no Compose: install docker-compose-plugin or docker-compose, then try again'
