#!/bin/sh
# Makes the WMS database ready: database, tables, seed data (once), roles, rights, publication. Safe to run at every start.
#
# Official postgres image: mount this folder as /docker-entrypoint-initdb.d (it then runs at the first start), and run it
# again through `docker compose exec` or a one-shot service to apply changed passwords.
# Anywhere else: with psql on PATH and libpq's PGHOST, PGPORT, PGUSER (a superuser), PGPASSWORD, PGDATABASE set.
#
# Needs WMS_USER, WMS_PASSWORD, WMS_DEBEZIUM_PASSWORD, WMS_ETL_PASSWORD, WMS_APP_PASSWORD in the environment, never as
# arguments, which other users can see. WMS_CSV_DIR: folder of the four CSV files, `csv` beside this file by default.
set -eu

here=$(dirname "$(readlink -f "$0")")
export WMS_CSV_DIR="${WMS_CSV_DIR:-$here/csv}"
export PGUSER="${PGUSER:-${POSTGRES_USER:-postgres}}"
export PGDATABASE="${PGDATABASE:-${POSTGRES_DB:-${WMS_DB:-wms}}}"
export PGAPPNAME=wms-on-start
export PGCLIENTENCODING=UTF8
export PGCONNECT_TIMEOUT="${PGCONNECT_TIMEOUT:-10}"

make_csv="python -m data_generator stock --out $WMS_CSV_DIR"

fail() {
    printf 'wms/on_start.sh: %s\n' "$*" >&2
    exit 1
}

require_settings() {
    for name in WMS_USER WMS_PASSWORD WMS_DEBEZIUM_PASSWORD WMS_ETL_PASSWORD WMS_APP_PASSWORD; do
        eval "value=\${$name:-}"
        [ -n "$value" ] || fail "$name is not set. Set it in .env; the roles of the WMS get their passwords from there."
    done
}

# ask DATABASE QUERY: one value, as text.
ask() {
    psql -X -q -A -t -v ON_ERROR_STOP=1 -d "$1" -c "$2" ||
        fail "can't ask database $1 as $PGUSER. Is PostgreSQL up, and are PGHOST, PGPORT and PGPASSWORD right?"
}

create_database() {
    # template0: no locale or extension of this machine's template1 gets in.
    psql -X -q -v ON_ERROR_STOP=1 -v database="$PGDATABASE" -d postgres <<'SQL' || fail "can't create the database $PGDATABASE."
SELECT format('CREATE DATABASE %I ENCODING ''UTF8'' TEMPLATE template0', :'database')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \gexec
SQL
}

require_csv() {
    for table in regions warehouses products stock_balances; do
        [ -r "$WMS_CSV_DIR/$table.csv" ] ||
            fail "$WMS_CSV_DIR/$table.csv is missing or unreadable. Nothing was created. Make the files with: $make_csv"
    done
}

require_settings
create_database
is_new=$(ask "$PGDATABASE" "SELECT to_regclass('public.stock_balances') IS NULL")
[ "$is_new" = f ] || require_csv

if ! psql -X -f "$here/ddl/apply.sql"; then
    if [ "$is_new" = t ]; then
        fail "the message above says what failed; nothing was created or loaded. Where it names a row of a CSV file, mend" \
            "the file in $WMS_CSV_DIR, or make all four anew with: $make_csv. Then start again."
    fi
    fail "the message above says what failed; roles, rights and publication are as they were. Mend it and start again."
fi
