-- The sequence belongs to the column that it numbers: a restore sets those sequences behind the rows. A restore of an
-- earlier release let it begin at 1, so it is set here too, behind everything that a trigger has decided about.
ALTER SEQUENCE "zone_files_order" OWNED BY "zone_files"."position";

SELECT setval('zone_files_order', largest)
FROM (
    SELECT greatest(
        (SELECT max(position) FROM "zone_files"),
        (SELECT max(consumed::bigint) FROM "trigger_inputs" WHERE input LIKE 'zone:%'),
        (SELECT CASE WHEN is_called THEN last_value END FROM "zone_files_order")
    ) AS largest
) AS present
WHERE largest IS NOT NULL;
