-- What a list without a pipeline in its filter adds up must not grow with the number of pipelines: a day of 600 pipelines
-- was 1,800 counts, a month of such days 54,000. So runs are counted by wider scopes too: of a layer, of a namespace, of
-- both, of all. An empty name stands for whatever name; no pipeline, layer or namespace has one.

-- The counts that a run created in `hour` is in. Inlined into the statements that call it.
CREATE FUNCTION run_count_cells(hour timestamptz, namespace varchar, layer varchar, pipeline varchar)
RETURNS TABLE (grain varchar, since timestamptz, in_namespace varchar, in_layer varchar, of_pipeline varchar)
LANGUAGE sql STABLE AS $$
    SELECT bucket.grain, bucket.since, scope.namespace, scope.layer, scope.pipeline
    FROM (VALUES ('hour'::varchar, $1), ('day', date_trunc('day', $1, 'UTC')), ('all', timestamptz 'epoch'))
        AS bucket(grain, since)
    CROSS JOIN (VALUES (''::varchar, ''::varchar, ''::varchar), ($2, '', ''), ('', $3, ''), ($2, $3, ''), ($2, $3, $4))
        AS scope(namespace, layer, pipeline)
$$;

-- Names before time: the buckets of one scope lie side by side, and so few are read that the others are not even passed.
ALTER TABLE "run_counts" DROP CONSTRAINT "run_counts_pkey";
ALTER TABLE "run_counts" ADD CONSTRAINT "run_counts_pkey"
    PRIMARY KEY ("grain","namespace","layer","pipeline","since","status");

-- The failed runs of a pipeline, among very many that succeeded. A run that succeeds, as nearly all do, never enters it:
-- creating, starting and succeeding cost what they did, failing and being cancelled one more index entry.
CREATE INDEX "runs_unsuccessful_idx" ON "runs"("namespace", "layer", "pipeline", "status", "created_at" DESC, "id" DESC)
    WHERE status IN ('failed', 'cancelled');

-- What is counted already. Nobody folds meanwhile: the new key's lock is held until this is committed.
INSERT INTO "run_counts" (grain, since, namespace, layer, pipeline, status, runs)
SELECT cell.grain, cell.since, cell.in_namespace, cell.in_layer, cell.of_pipeline, status, sum(runs)
FROM "run_counts" CROSS JOIN LATERAL run_count_cells(run_counts.since, namespace, layer, pipeline) AS cell
WHERE run_counts.grain = 'hour' AND cell.of_pipeline = '' GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(runs) <> 0;
