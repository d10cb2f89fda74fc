#!/bin/sh
# Builds all stand-ins, each once: an unchanged one comes from the engine's cache in a second. About four minutes anew.
#     tests/compose/standins/build.sh
set -eu
here=$(dirname "$(readlink -f "$0")")
root=$(readlink -f "$here/../../..")
base=sklad-standin/base:bookworm
# The builder that every engine has.
export DOCKER_BUILDKIT=0

# build NAME DOCKERFILE-FOLDER CONTEXT
build() {
    echo "building $1"
    docker build --quiet --tag "$1" --file "$here/$2/Dockerfile" "$3" >/dev/null
}

docker image inspect "$base" >/dev/null 2>&1 || { echo "building $base" && "$here/base.sh" "$base"; }
build sklad-standin/postgres:15 postgres "$here/postgres"
build sklad-standin/python:3.11-slim-bookworm python "$here/python"
build sklad-standin/akhq:0 akhq "$here/akhq"
build sklad-standin/airflow:3.3.2 airflow "$here/airflow"
build sklad-standin/engines engines "$root"
build sklad-standin/kafka:4.3.1 kafka "$here/kafka"
build sklad-standin/clickhouse:26.9 clickhouse "$root"
build sklad-standin/superset:6.1.0 superset "$root"
