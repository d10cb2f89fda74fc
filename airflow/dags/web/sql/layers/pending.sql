-- The days that builds of facts have changed since a layer was built last, and the newest of these builds.
SELECT
    arraySort(arrayDistinct(groupArrayArray(days))) AS days,
    max(built_at) AS upto
FROM layer_builds
WHERE layer = 'facts'
    AND built_at > (SELECT max(upto) FROM layer_builds WHERE layer = {layer:String})
