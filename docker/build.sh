#!/bin/sh
# Builds the images of the service, and lets nginx test its configuration with the settings of this deployment: what
# serves is not touched by one that nginx would not start with.
set -eu
cd "$(dirname "$0")/.."

docker/compose.sh build engine nginx postgres
if ! docker/compose.sh run --rm --no-deps -T nginx test; then
    echo 'build.sh: nginx refuses this configuration (nginx/, docker/.env); what is running stays as it is' >&2
    exit 1
fi
