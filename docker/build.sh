#!/bin/sh
# Builds the images, and tests nginx's configuration with the settings of this deployment, so that an invalid one does not
# affect what is running.
set -eu
cd "$(dirname "$0")/.."

docker/compose.sh build engine nginx postgres
if ! docker/compose.sh run --rm --no-deps -T nginx test; then
    echo 'build.sh: nginx refuses this configuration (nginx/, docker/.env); nothing was changed' >&2
    exit 1
fi
