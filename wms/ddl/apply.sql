-- Brings the WMS database to its declared state, in one transaction: an error anywhere leaves nothing behind.
-- on_start.sh runs it at every start, connected as a superuser to the WMS database.
-- Tables and seed data are made once, when stock_balances does not exist yet: DDL would queue behind a running Debezium
-- snapshot, and seed data that somebody deleted must stay deleted. Roles, passwords, rights and the publication are
-- declared anew each time, so a change of theirs takes effect at the next start.
\set ON_ERROR_STOP on
\set QUIET on
\pset tuples_only on
\pset format unaligned

BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL lock_timeout = '60s';
-- Statements that set passwords must not reach the server's log, whatever the server's own log settings are.
SET LOCAL log_statement = 'none';
SET LOCAL log_min_duration_statement = -1;
SET LOCAL log_min_error_statement = 'panic';
-- Two starts at once take turns.
SELECT pg_advisory_xact_lock(hashtextextended('sklad: wms on_start', 0)) \g /dev/null
SELECT to_regclass('public.stock_balances') IS NULL AS is_new \gset

\ir 0000_create_owner.sql
SET ROLE :"owner";
\if :is_new
\ir 0001_create_tables.sql
\ir 0002_create_heartbeat.sql
\ir 0003_load_csv.sql
\ir 0004_add_foreign_keys.sql
\endif
RESET ROLE;
\ir 0005_create_roles.sql
SET ROLE :"owner";
\ir 0006_grant_rights.sql
\ir 0007_create_publication.sql
COMMIT;

\if :is_new
\echo 'WMS: tables created and seed data loaded.'
\else
\echo 'WMS: the tables were there already; their data is left alone.'
\endif
SELECT format('%s rows in %s', (SELECT count(*) FROM public.regions), 'regions')
UNION ALL
SELECT format('%s rows in %s', (SELECT count(*) FROM public.warehouses), 'warehouses')
UNION ALL
SELECT format('%s rows in %s', (SELECT count(*) FROM public.products), 'products')
UNION ALL
SELECT format('%s rows in %s', (SELECT count(*) FROM public.stock_balances), 'stock_balances');
