-- Whom nothing may be kept of: what a replay from Kafka brings of them again is left out on the way in.
CREATE TABLE erased_users
(
    user_id UUID COMMENT 'Pseudonym of the user',
    erased_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'When it was asked for'
)
ENGINE = ReplacingMergeTree(erased_at)
ORDER BY user_id
COMMENT 'Users who were erased';
