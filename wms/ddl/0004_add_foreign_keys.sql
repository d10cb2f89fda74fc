-- Once, as the owner, after the load: one join checks all rows, where a check per copied row takes minutes at ten million.
-- The error is the same: it names the key and the table that it is missing from.
\echo 'Checking that balances name known warehouses and products, and warehouses known regions'

ALTER TABLE public.warehouses
ADD CONSTRAINT warehouses_region_id_fkey FOREIGN KEY (region_id) REFERENCES public.regions (region_id);

ALTER TABLE public.stock_balances
ADD CONSTRAINT stock_balances_warehouse_id_fkey FOREIGN KEY (warehouse_id) REFERENCES public.warehouses (warehouse_id);

ALTER TABLE public.stock_balances
ADD CONSTRAINT stock_balances_product_id_fkey FOREIGN KEY (product_id) REFERENCES public.products (product_id);

ANALYZE public.regions, public.warehouses, public.products, public.stock_balances;
