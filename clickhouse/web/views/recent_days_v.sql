-- Days whose facts were built anew in the last day: what the hourly checks look at.
CREATE OR REPLACE VIEW recent_days_v AS
SELECT DISTINCT arrayJoin(days) AS day
FROM layer_builds
WHERE layer = 'facts' AND built_at > now() - INTERVAL 25 HOUR
