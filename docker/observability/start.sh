#!/bin/sh
# Prometheus, which asks the engines of a cluster by their names: one that is gone does not answer (`up` is 0), whereas
# from a list that DNS keeps it would vanish.
set -eu

others=
for engine in $WALLET_ENGINES; do
    [ "$engine" = engine ] || others="$others${others:+, }\"$engine:9464\""
done
echo "[{\"targets\": [$others]}]" >/tmp/engines.json
exec prometheus --config.file=/etc/wallet/prometheus.yml --storage.tsdb.path=/data --storage.tsdb.retention.time=15d \
    --web.console.libraries=/usr/share/prometheus/console_libraries
