-- Rows of a table and a checksum over them that does not depend on their order. {table}: its name.
SELECT
    count() AS rows,
    toString(sum(cityHash64(*))) AS checksum
FROM {table:Identifier}
