// The SQL of the tutorial, with the habits of its templates: quotes around tags, a guard that reads the watermark.

export const READ_CROSSINGS = `SELECT crossing_id, route, day, ferry, port, country, outcome, load_kg, kind
FROM read_csv_auto('{{ landing_zone("crossing-data") }}')`;

/** Only the crossings after the greatest day of the table. */
export const NEW_CROSSINGS = `-- @merge_strategy: incremental
-- @unique_key: crossing_id
-- @watermark_column: day
-- @description: Crossings, as they land

${READ_CROSSINGS}

{% if is_incremental() and watermark_value %}
WHERE day > '{{ watermark_value }}'
{% endif %}`;

/** Every version of a ferry. */
export const VESSEL_HISTORY = `-- @merge_strategy: scd2
-- @unique_key: ferry_name
-- @scd_valid_from: valid_from
-- @scd_valid_to: valid_to
SELECT ferry_name, builder, length_m, decks, active
FROM read_csv_auto('{{ landing_zone("vessel-catalog") }}')`;

export const CROSSING_SUMMARY = `-- @description: Crossings by country and year
-- @merge_strategy: full_refresh

SELECT
    country,
    EXTRACT(YEAR FROM day::DATE) AS year,
    COUNT(*) AS crossings,
    SUM(CASE WHEN outcome = 'success' THEN 1 ELSE 0 END) AS successes,
    ROUND(100.0 * SUM(CASE WHEN outcome = 'success' THEN 1 ELSE 0 END) / COUNT(*), 1) AS success_rate_pct,
    SUM(load_kg) AS load_kg,
    COUNT(DISTINCT ferry) AS ferries,
    STRING_AGG(DISTINCT kind, ', ' ORDER BY kind) AS kinds
FROM {{ ref('silver.enriched_crossings') }}
GROUP BY country, year
ORDER BY year DESC, crossings DESC`;
