-- Records of a day that are in the facts as a whole go; what misses a part stays, until staging's own time to live.
ALTER TABLE {feed_table:Identifier} DELETE IN PARTITION {day:String}
WHERE arrived_at < {before:DateTime64(3)} AND event_id NOT IN (SELECT event_id FROM kept_events)
SETTINGS mutations_sync = 1
