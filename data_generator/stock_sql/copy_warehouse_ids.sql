COPY (SELECT warehouse_id FROM public.warehouses ORDER BY warehouse_id) TO STDOUT
