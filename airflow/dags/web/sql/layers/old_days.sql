-- Days of staging with records that may be cleared and were not yet, by feed.
SELECT DISTINCT _table AS feed_table, toString(toDate(queued_at)) AS day
FROM merge(currentDatabase(), '^events_(browser|device|geo|location)_raw$')
WHERE queued_at < {before:DateTime64(3)}
    AND arrived_at < {before:DateTime64(3)} AND arrived_at >= {cleared:DateTime64(3)}
ORDER BY feed_table, day
