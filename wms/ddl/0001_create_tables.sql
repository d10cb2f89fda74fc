-- Once, as the owner. The WMS's tables: three that change rarely (loaded into ClickHouse daily) and the stock itself
-- (captured change by change). Foreign keys follow after the load, in 0004.

CREATE TABLE public.regions (
    region_id integer PRIMARY KEY,
    region_name text NOT NULL CHECK (btrim(region_name) <> '')
);
COMMENT ON TABLE public.regions IS 'Federal regions that warehouses lie in.';
COMMENT ON COLUMN public.regions.region_id IS 'Key.';
COMMENT ON COLUMN public.regions.region_name IS 'Name, as shown to people.';

CREATE TABLE public.warehouses (
    warehouse_id integer PRIMARY KEY,
    warehouse_name text NOT NULL CHECK (btrim(warehouse_name) <> ''),
    region_id integer NOT NULL
);
COMMENT ON TABLE public.warehouses IS 'Warehouses that hold stock.';
COMMENT ON COLUMN public.warehouses.warehouse_id IS 'Key.';
COMMENT ON COLUMN public.warehouses.warehouse_name IS 'Name, as shown to people.';
COMMENT ON COLUMN public.warehouses.region_id IS 'Region that the warehouse lies in.';

CREATE TABLE public.products (
    product_id integer PRIMARY KEY,
    product_name text NOT NULL CHECK (btrim(product_name) <> ''),
    product_category text NOT NULL CHECK (btrim(product_category) <> '')
);
COMMENT ON TABLE public.products IS 'Products (SKUs) that warehouses may hold.';
COMMENT ON COLUMN public.products.product_id IS 'Key.';
COMMENT ON COLUMN public.products.product_name IS 'Name, as shown to people.';
COMMENT ON COLUMN public.products.product_category IS 'Assortment matrix (матрица) that the product belongs to.';

-- A tenth of every page stays free, so that an update finds room beside its row and touches no index (HOT).
CREATE TABLE public.stock_balances (
    warehouse_id integer NOT NULL,
    product_id integer NOT NULL,
    quantity integer NOT NULL CHECK (quantity >= 0),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (warehouse_id, product_id)
) WITH (fillfactor = 90);
COMMENT ON TABLE public.stock_balances IS 'What is on the shelf now. No row: the warehouse does not list the product.';
COMMENT ON COLUMN public.stock_balances.warehouse_id IS 'Warehouse that holds the product.';
COMMENT ON COLUMN public.stock_balances.product_id IS 'Product that is held.';
COMMENT ON COLUMN public.stock_balances.quantity IS 'Pieces on the shelf; 0: listed but out of stock.';
COMMENT ON COLUMN public.stock_balances.updated_at IS 'When the transaction that last changed the row began.';

-- Changes carry the whole old row, not only its key: a delete then shows the real last quantity instead of made-up zeros,
-- a movement is new minus old, and a state can be rolled back to a snapshot with the before-images alone.
ALTER TABLE public.stock_balances REPLICA IDENTITY FULL;

-- A trigger keeps updated_at, because people write here too (psql, DBeaver) and forget it. An update that changes nothing
-- leaves it: touching a row to have it captured again does not pretend that stock moved.
CREATE FUNCTION public.set_updated_at() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$;
CREATE TRIGGER set_updated_at BEFORE UPDATE ON public.stock_balances
FOR EACH ROW WHEN (old.* IS DISTINCT FROM new.*) EXECUTE FUNCTION public.set_updated_at();
