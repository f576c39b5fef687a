#!/bin/sh
# Runs one load test; prints the summary, and writes the report to memory. The key is a line of standard input, if that is no
# terminal.
set -eu
load=${1:?the name of a load}
shift
TOKEN=
[ -t 0 ] || IFS= read -r TOKEN || true
export TOKEN
OUT=/tmp/$load.json exec k6 run --quiet --no-color --no-usage-report "$@" "/loads/$load.js"
