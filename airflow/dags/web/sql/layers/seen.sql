-- How far the builds of a layer have come.
SELECT max(upto) AS upto
FROM layer_builds
WHERE layer = {layer:String}
