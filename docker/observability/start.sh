#!/bin/sh
# Starts Prometheus with a static list of the cluster's engines. An engine that is down stays in the list, with `up` = 0;
# DNS service discovery would drop it.
set -eu

others=
for engine in $WALLET_ENGINES; do
    [ "$engine" = engine ] || others="$others${others:+, }\"$engine:9464\""
done
echo "[{\"targets\": [$others]}]" >/tmp/engines.json
exec prometheus --config.file=/etc/wallet/prometheus.yml --storage.tsdb.path=/data --storage.tsdb.retention.time=15d \
    --web.console.libraries=/usr/share/prometheus/console_libraries
