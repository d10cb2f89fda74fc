#!/bin/bash
# Runs the broker in a container: server.properties, then KAFKA_OVERRIDES, the runtime's own lines; later lines win.
# Formats a new data folder first. Works in the official image, whose own entrypoint would write another configuration.
set -eu
configuration=/tmp/server.properties
{ cat "$(dirname "$0")/server.properties"; echo; echo "${KAFKA_OVERRIDES:-}"; } >"$configuration"
if [ ! -e "$KAFKA_DATA_DIR/meta.properties" ]; then
    /opt/kafka/bin/kafka-storage.sh format --cluster-id="$KAFKA_CLUSTER_ID" --config "$configuration"
fi
exec /opt/kafka/bin/kafka-server-start.sh "$configuration"
