-- Once, as the owner. Loads the seed data from WMS_CSV_DIR. Files have a header line, which must name these columns.
-- \copy takes no variables, hence the change of folder.
\getenv csv_dir WMS_CSV_DIR
\cd :csv_dir

\echo 'Loading regions.csv'
\copy public.regions (region_id, region_name) FROM 'regions.csv' WITH (FORMAT csv, HEADER match, ENCODING 'UTF8')
\echo 'Loading warehouses.csv'
\copy public.warehouses (warehouse_id, warehouse_name, region_id) FROM 'warehouses.csv' WITH (FORMAT csv, HEADER match, ENCODING 'UTF8')
\echo 'Loading products.csv'
\copy public.products (product_id, product_name, product_category) FROM 'products.csv' WITH (FORMAT csv, HEADER match, ENCODING 'UTF8')
\echo 'Loading stock_balances.csv'
\copy public.stock_balances (warehouse_id, product_id, quantity) FROM 'stock_balances.csv' WITH (FORMAT csv, HEADER match, ENCODING 'UTF8')
