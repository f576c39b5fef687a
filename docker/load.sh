#!/bin/sh
# Runs one load test; prints the summary, and writes the report to memory.
set -eu
load=${1:?the name of a load}
shift
OUT=/tmp/$load.json exec k6 run --quiet --no-color --no-usage-report "$@" "/loads/$load.js"
