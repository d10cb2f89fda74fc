-- Choices of the filter by moment, UTC. As text: a filter by time would choose a period.
SELECT formatDateTime(moment, '%F %H:%i') AS "момент"
FROM past_moments_v
