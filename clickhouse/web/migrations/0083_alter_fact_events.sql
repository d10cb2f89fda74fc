-- Merging a row of facts costs as much as joining it, and by default each is merged two to three times while a backlog is built. So few parts
-- stay as they are; a build merges a day that it left in many, once and whole.
ALTER TABLE fact_events MODIFY SETTING min_parts_to_merge_at_once = 50;
