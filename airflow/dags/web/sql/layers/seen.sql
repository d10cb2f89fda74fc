-- How far the builds of a layer have come, and when the last of them ended that looked at anything.
SELECT
    max(upto) AS upto,
    maxIf(built_at, rows > 0) AS built_at
FROM layer_builds
WHERE layer = {layer:String}
