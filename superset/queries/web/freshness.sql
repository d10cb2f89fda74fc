-- How old the newest record is that facts know of.
SELECT
    maxOrNull(builds.upto) AS "данные по",
    maxOrNull(builds.built_at) AS "построено",
    dateDiff('second', "данные по", now64(6, 'UTC')) / 60 AS "возраст, мин"
FROM analytics.layer_builds AS builds
WHERE builds.layer = 'facts' AND builds."rows" > 0
