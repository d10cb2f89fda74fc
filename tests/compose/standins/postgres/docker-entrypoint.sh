#!/bin/bash
# As the official image: a new data folder gets a cluster with POSTGRES_USER, POSTGRES_PASSWORD and POSTGRES_DB, while a server
# that listens on its socket alone runs what lies in /docker-entrypoint-initdb.d; then the real server follows.
set -eu
[ "${1#-}" = "$1" ] || set -- postgres "$@"

if [ "$1" = postgres ] && [ "$(id -u)" = 0 ]; then
    mkdir -p "$PGDATA"
    chown -R postgres "$PGDATA" /var/run/postgresql
    chmod 700 "$PGDATA"
    exec gosu postgres "$0" "$@"
fi

user=${POSTGRES_USER:-postgres}
if [ "$1" = postgres ] && [ ! -s "$PGDATA/PG_VERSION" ]; then
    [ -n "${POSTGRES_PASSWORD:-}" ] || { echo 'POSTGRES_PASSWORD is not set' >&2; exit 1; }
    initdb --username="$user" --pwfile=<(echo "$POSTGRES_PASSWORD") --auth-local=trust --auth-host=scram-sha-256 >/dev/null
    echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
    pg_ctl --wait start -o "$(printf '%q ' "${@:2}" -c listen_addresses=)" >/dev/null
    export PGUSER=$user
    database=${POSTGRES_DB:-$user}
    [ "$database" = postgres ] || createdb "$database"
    for script in /docker-entrypoint-initdb.d/*; do
        case $script in
            *.sh) "$script" ;;
            *.sql) psql -v ON_ERROR_STOP=1 -d "$database" -f "$script" ;;
        esac
    done
    pg_ctl --wait --mode=fast stop >/dev/null
    unset PGUSER
fi
exec "$@"
