-- Every start, as a superuser. The roles that programs use, with the passwords of today's settings.
-- What each may read and write is in 0006.
\getenv debezium_password WMS_DEBEZIUM_PASSWORD
\getenv etl_password WMS_ETL_PASSWORD
\getenv app_password WMS_APP_PASSWORD

SELECT format('CREATE ROLE %I', name)
FROM unnest(ARRAY['debezium', 'etl', 'wms_app']) AS wanted (name)
WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = name) \gexec

-- Kafka Connect: reads the change stream through the slot `sklad_stock`.
ALTER ROLE debezium
LOGIN REPLICATION NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'debezium_password';

-- Airflow and `make verify`: read tables.
ALTER ROLE etl
LOGIN NOREPLICATION NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'etl_password';

-- The live workload: moves stock.
ALTER ROLE wms_app
LOGIN NOREPLICATION NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'app_password';
