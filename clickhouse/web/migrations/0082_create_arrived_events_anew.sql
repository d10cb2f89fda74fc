-- An event that four parts have arrived of is to be built once: merged, the scratch pad holds it once. Empty between builds, so nothing
-- is lost.
DROP TABLE arrived_events;
CREATE TABLE arrived_events
(
    event_id UUID COMMENT 'Event'
)
ENGINE = ReplacingMergeTree
ORDER BY event_id
COMMENT 'Events to be built; empty between builds';
