-- A scratch pad of the layer builder: events that a part has arrived of since the last build.
CREATE TABLE arrived_events
(
    event_id UUID COMMENT 'Event'
)
ENGINE = MergeTree
ORDER BY event_id
COMMENT 'Events to be built; empty between builds';
