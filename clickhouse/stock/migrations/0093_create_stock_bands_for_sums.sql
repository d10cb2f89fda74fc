-- Counted anew each minute, so nothing is lost with the old table. Sums and sets of products are rows of their own now, so that a
-- question for one plans and reads nothing of the other.
DROP VIEW stock_bands_mv;
DROP TABLE stock_bands;
DROP VIEW IF EXISTS counted_stock_v;

CREATE TABLE stock_bands
(
    kind LowCardinality(String) COMMENT 'band: a category''s positions in one band of a warehouse; assortment: which of its products are there; shelf: which of all products; warehouse: all positions',
    warehouse_id Int32 COMMENT 'Warehouse',
    product_category String COMMENT 'Product category; empty when the product or its category is unknown, and for a shelf or warehouse',
    band_from Int16 COMMENT 'Band of quantities: its lower bound. -1: less than nothing, 0: nothing is there. Not a band: 0',
    units Int64 COMMENT 'Units on the shelf, all positions of the row together',
    positions Int64 COMMENT 'How many positions those are',
    product_ids AggregateFunction(groupBitmap, UInt32) COMMENT 'Assortment: products with more than nothing. Shelf: with other than nothing. Warehouse: all. Band: none',
    recent Array(Tuple(product_id Int32, version UInt64)) COMMENT 'Warehouse: which of them changed at settled_lsn or later, and where',
    settled_lsn UInt64 COMMENT 'Position in the WAL from which on changes may have been missing in this count; 0: not known',
    truncated_lsn UInt64 COMMENT 'LSN of the TRUNCATE, or snapshot, behind which balances count',
    counted_at DateTime64(6, 'UTC') COMMENT 'When counting began'
)
ENGINE = MergeTree
ORDER BY (kind, warehouse_id, product_category, band_from)
COMMENT 'Stock balances counted together: by warehouse, category and band of quantities, and by warehouse';

-- Counts anew and replaces the table in one step, then rests. The state is read once, and nothing else that moves: two reads would
-- see two moments.
-- settled: positions in the WAL are those of changes, not of commits. A transaction that wrote before another and commits after it
-- brings smaller ones later, but none from before the slot's restart_lsn: of a moment before a heartbeat that is here by now (ten
-- seconds are for clocks that differ). 0, not known: a snapshot, a TRUNCATE or a load is among what came since.
CREATE MATERIALIZED VIEW stock_bands_mv
REFRESH AFTER 1 MINUTE TO stock_bands AS
WITH
    (
        SELECT argMax(splitByChar('/', restart_lsn), asked_at)
        FROM slot_health
        WHERE restart_lsn != ''
            AND asked_at < (SELECT max(sent_at) FROM heartbeats WHERE source = 'wms') - INTERVAL 10 SECOND
    ) AS halves,
    arrayMap(half -> reinterpretAsUInt64(reverse(unhex(leftPad(half, 8, '0')))), halves) AS numbers,
    bitShiftLeft(numbers[1], 32) + numbers[2] AS restart_position,
    (
        SELECT if(
            (SELECT max(loaded_at) FROM stock_balances_loads) < now64(6, 'UTC') - INTERVAL 10 MINUTE
                AND (SELECT count() FROM kafka_wms_stock_balances WHERE lsn >= restart_position AND op IN ('r', 't')) = 0,
            restart_position,
            0)
    ) AS settled,
    (SELECT max(lsn) FROM stock_balances_truncates) AS truncated
SELECT
    arrayJoin(['band', 'assortment', 'shelf', 'warehouse']) AS kind,
    warehouse_id,
    if(kind IN ('band', 'assortment'), category, '') AS product_category,
    toInt16(if(kind = 'band', band, 0)) AS band_from,
    sum(balances.units) AS units,
    sum(balances.positions) AS positions,
    groupBitmapMergeStateIf(
        balances.product_ids,
        kind = 'assortment' AND band > 0 OR kind = 'shelf' AND band != 0 OR kind = 'warehouse') AS product_ids,
    groupArrayArrayIf(balances.recent, kind = 'warehouse') AS recent,
    settled AS settled_lsn,
    truncated AS truncated_lsn,
    now64(6, 'UTC') AS counted_at
FROM
(
    SELECT
        warehouse_id,
        ifNull(products.product_category, '') AS category,
        roundDown(quantity, [-1, 0, 1, 10, 50, 100, 250, 500, 1000]) AS band,
        sum(quantity) AS units,
        count() AS positions,
        groupBitmapState(toUInt32(product_id)) AS product_ids,
        groupArrayIf((product_id, version), settled > 0 AND version >= settled) AS recent
    FROM
    (
        SELECT warehouse_id, product_id, quantity, version
        FROM stock_balances FINAL
        WHERE is_deleted = 0 AND version > truncated
    ) AS state
    LEFT ANY JOIN products ON state.product_id = products.product_id
    GROUP BY warehouse_id, category, band
) AS balances
GROUP BY kind, warehouse_id, product_category, band_from
SETTINGS max_threads = 1;
