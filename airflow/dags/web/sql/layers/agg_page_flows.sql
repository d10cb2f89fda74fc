-- Entries into pages, of these days. What happens on a page, or leads to it once more, is none. A page of the same site may be known
-- by its kind or by its domain.
INSERT INTO agg_page_flows_stage
SELECT
    toDate(event_at) AS event_date,
    replaceRegexpAll(if(is_internal, path(referer_url), domainWithoutWWW(referer_url)), '/[0-9]+', '/…') AS referer,
    referer_medium = 'internal'
        OR (referer_url != '' AND domainWithoutWWW(referer_url) = domainWithoutWWW(page_url)) AS is_internal,
    replaceRegexpAll(page_url_path, '/[0-9]+', '/…') AS page,
    device_type,
    geo_country,
    utm_source,
    count() AS entries
FROM fact_events FINAL
WHERE toDate(event_at) IN {days:Array(Date)}
    AND page_url_path != ''
    AND NOT (is_internal AND path(referer_url) = page_url_path)
GROUP BY event_date, referer, is_internal, page, device_type, geo_country, utm_source
SETTINGS do_not_merge_across_partitions_select_final = 1, max_partitions_per_insert_block = 0
