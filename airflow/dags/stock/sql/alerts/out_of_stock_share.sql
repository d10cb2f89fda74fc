-- Too much of the full assortment matrix (each product in each warehouse of a known region) is not on the shelf.
SELECT
    'Товара нет на складах' AS title,
    if(positions = 0, 0, 1 - present / positions) AS share,
    share > {out_of_stock_share:Float64} AS wrong,
    concat(
        'Отсутствует ', toString(round(100 * share, 1)), ' % товарной матрицы, порог ',
        toString(round(100 * {out_of_stock_share:Float64}, 1)), ' %: позиций ', toString(positions - present), ' из ', toString(positions)
    ) AS message
FROM
(
    SELECT
        (SELECT count() FROM warehouses WHERE region_id IN (SELECT region_id FROM regions)) * (SELECT count() FROM products) AS positions,
        (
            SELECT count()
            FROM stock_balances_v
            WHERE quantity != 0
                AND product_id IN (SELECT product_id FROM products)
                AND warehouse_id IN (SELECT warehouse_id FROM warehouses WHERE region_id IN (SELECT region_id FROM regions))
        ) AS present
)
