import { TOUCH } from './touch-triggers.ts';

/**
 * Notes the data versions of watched tables, of those `$1::text[]`; NULL: of all. A trigger that began
 * with a metadata file waits for the version of that file or a later one: the noted version may be older.
 */
export const NOTE_TABLES = `
  WITH newer AS (
    SELECT i.trigger_id, i.input, h.data_version, h.changed_at, h.run_id
    FROM trigger_inputs i
      JOIN table_heads h ON h.ref = substr(i.input, 7)
    WHERE i.input LIKE 'table:%'
      AND ($1::text[] IS NULL OR h.ref = ANY ($1::text[]))
      AND i.latest IS DISTINCT FROM h.data_version
      AND i.latest IS DISTINCT FROM 'metadata:' || h.metadata_location
      AND (
        i.latest IS NULL
        OR i.latest NOT LIKE 'metadata:%'
        OR EXISTS (
          SELECT 1 FROM lake.iceberg_tables c WHERE c.metadata_location = h.metadata_location
        )
      )
  ), noted AS (
    UPDATE trigger_inputs i SET
      latest = n.data_version,
      latest_at = n.changed_at,
      run_id = n.run_id
    FROM newer n
    WHERE i.trigger_id = n.trigger_id AND i.input = n.input
  )
  ${TOUCH('SELECT trigger_id FROM newer')}`;
