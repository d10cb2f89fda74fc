-- What a run's checks have found.
SELECT
    run_id,
    check_group,
    check_name,
    severity,
    value,
    threshold,
    passed,
    title,
    message
FROM quality_results
WHERE run_id = {run_id:String}
ORDER BY check_group, check_name, checked_at DESC
LIMIT 1 BY check_group, check_name
