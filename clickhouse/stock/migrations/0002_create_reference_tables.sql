-- Reference data of the WMS, loaded daily by the DAG wms_reference_daily. Each table has a twin <name>_stage: a load fills
-- the twins, checks them, then exchanges them with the tables that people read. After a load the twin holds what was
-- published before it, until the next load begins.
CREATE TABLE regions
(
    region_id Int32 COMMENT 'Key',
    region_name String COMMENT 'Name, as shown to people'
)
ENGINE = MergeTree
ORDER BY region_id
COMMENT 'Regions that warehouses lie in (WMS public.regions, read daily)';

CREATE TABLE warehouses
(
    warehouse_id Int32 COMMENT 'Key',
    warehouse_name String COMMENT 'Name, as shown to people',
    region_id Int32 COMMENT 'Region that the warehouse lies in, always one of regions'
)
ENGINE = MergeTree
ORDER BY warehouse_id
COMMENT 'Warehouses that hold stock (WMS public.warehouses, read daily)';

CREATE TABLE products
(
    product_id Int32 COMMENT 'Key',
    product_name String COMMENT 'Name, as shown to people',
    product_category String COMMENT 'Assortment matrix (матрица) that the product belongs to'
)
ENGINE = MergeTree
ORDER BY product_id
COMMENT 'Products that warehouses may hold (WMS public.products, read daily)';

CREATE TABLE regions_stage AS regions;

CREATE TABLE warehouses_stage AS warehouses;

CREATE TABLE products_stage AS products;

-- A retried publication writes its row again, the newest stays.
CREATE TABLE reference_loads
(
    loaded_at DateTime64(3, 'UTC') COMMENT 'When the load was published',
    run_id String COMMENT 'Airflow''s run of wms_reference_daily',
    table_name LowCardinality(String) COMMENT 'regions, warehouses or products',
    rows UInt64 COMMENT 'Rows published',
    seconds Float64 COMMENT 'How long reading the table from the WMS took'
)
ENGINE = ReplacingMergeTree(loaded_at)
ORDER BY (table_name, run_id)
COMMENT 'Published loads of the reference tables';
