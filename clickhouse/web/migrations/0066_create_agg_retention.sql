-- Who comes back: users by the day of their first event, and how many of them came on each of the thirty days after it. Counted anew
-- as a whole and put in place at once, since an event of an earlier day moves its user to another cohort.
CREATE TABLE agg_retention
(
    cohort_date Date COMMENT 'Day of the users'' first event, UTC',
    first_utm_source LowCardinality(String) COMMENT 'What brought them first: source; empty: none',
    geo_country LowCardinality(String) COMMENT 'Country seen last',
    device_type LowCardinality(String) COMMENT 'Device seen last',
    users UInt64 COMMENT 'Users',
    returned Array(UInt64) COMMENT 'How many of them came one day later, two days later, …: as many days as there are events of'
)
ENGINE = MergeTree
ORDER BY (cohort_date, first_utm_source, geo_country, device_type)
COMMENT 'Users by first day, and who came back';

CREATE TABLE agg_retention_stage AS agg_retention;
