-- Kinds of devices by their Russian names; what a feed told nothing of is named too. What a LEFT JOIN does not find is NULL, with
-- join_use_nulls or without.
CREATE OR REPLACE VIEW devices_v AS
SELECT
    tupleElement(device, 1) AS device_type,
    toNullable(tupleElement(device, 2)) AS device_name
FROM
(
    SELECT arrayJoin([
        ('desktop', 'компьютер'), ('phone', 'телефон'), ('tablet', 'планшет'), ('bot', 'бот'),
        ('', '-- не определено --')
    ]) AS device
)
