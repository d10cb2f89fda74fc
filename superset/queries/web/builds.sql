-- Builds of facts, aggregates and dimensions.
SELECT
    builds.built_at AS "построено",
    transform(
        builds.layer,
        ['facts', 'aggregates', 'users', 'geo', 'retention', 'optimized', 'cleared'],
        ['факты', 'агрегаты', 'посетители', 'места', 'возвраты', 'замены убраны', 'staging очищен'],
        builds.layer
    ) AS "слой",
    builds.upto AS "учтено по",
    builds."rows" AS "строк",
    length(builds.days) AS "дней",
    builds.seconds AS "длилось, с"
FROM analytics.layer_builds AS builds
