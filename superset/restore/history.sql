-- What a restore would overwrite: charts, dashboards and accounts beside the project's own.
SELECT
    (SELECT count(*) FROM slices WHERE uuid::text <> ALL(%(ours)s))
    + (SELECT count(*) FROM dashboards WHERE uuid::text <> ALL(%(ours)s))
    + (SELECT count(*) FROM ab_user WHERE username <> %(administrator)s)
