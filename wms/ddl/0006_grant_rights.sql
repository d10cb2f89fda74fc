-- Every start, as the owner. Takes every right away and grants the few that are needed, so that what stands here is all
-- there is. Readers notice nothing: the transaction's end makes both visible at once.

REVOKE ALL ON DATABASE :"DBNAME" FROM PUBLIC, debezium, etl, wms_app;
REVOKE ALL ON SCHEMA public FROM PUBLIC, debezium, etl, wms_app;
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, debezium, etl, wms_app;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC, debezium, etl, wms_app;

GRANT CONNECT ON DATABASE :"DBNAME" TO debezium, etl, wms_app;
GRANT USAGE ON SCHEMA public TO debezium, etl, wms_app;

GRANT SELECT ON public.stock_balances TO debezium;
GRANT SELECT, INSERT, UPDATE ON public.wms_heartbeat TO debezium;

GRANT SELECT ON public.regions, public.warehouses, public.products, public.stock_balances TO etl;

GRANT SELECT ON public.regions, public.warehouses, public.products, public.wms_heartbeat TO wms_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON public.stock_balances TO wms_app;
