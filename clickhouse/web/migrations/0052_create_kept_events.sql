-- A scratch pad of the clearing of staging: events that still miss a part, whose records therefore stay.
CREATE TABLE kept_events
(
    event_id UUID COMMENT 'Event'
)
ENGINE = MergeTree
ORDER BY event_id
COMMENT 'Events whose records are not cleared; empty between clearings';
