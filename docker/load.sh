#!/bin/sh
# Runs one load; the report stays in memory, the figures are printed.
set -eu
load=${1:?the name of a load}
shift
OUT=/tmp/$load.json exec k6 run --quiet --no-color --no-usage-report "$@" "/loads/$load.js"
