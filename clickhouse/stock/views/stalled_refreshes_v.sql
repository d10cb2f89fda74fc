-- What is counted regularly (refreshable views) and has failed to be for half an hour: readers have what was counted before. Longer
-- than a reading of a log of a thousand million changes takes, and than anything that the next refresh mends.
CREATE OR REPLACE VIEW stalled_refreshes_v AS
SELECT
    view AS view_name,
    coalesce(last_success_time, now() - uptime()) AS counted_at,
    extract(exception, '^[^\\n]{1,300}') AS reason
FROM system.view_refreshes
WHERE database = currentDatabase() AND exception != '' AND counted_at < now() - INTERVAL 30 MINUTE;
