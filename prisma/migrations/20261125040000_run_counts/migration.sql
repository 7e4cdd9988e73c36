-- The exact number of runs that a list's filters match, without counting them: among ten million runs, counting takes
-- seconds and reading a page takes none.
--
-- A counter that every change of a run updates would be a row that all of them wait for. So a change only appends what it
-- changed, in its own transaction, and a process in the background folds that into counts by pipeline, status and bucket of
-- time. The total is folded plus not yet folded, read in one snapshot: exact at every moment, whoever folds meanwhile.

-- CreateTable
CREATE TABLE "run_counts" (
    "grain" VARCHAR(4) NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,
    "namespace" VARCHAR(128) NOT NULL,
    "layer" VARCHAR(16) NOT NULL,
    "pipeline" VARCHAR(128) NOT NULL,
    "status" VARCHAR(16) NOT NULL,
    "runs" BIGINT NOT NULL,

    CONSTRAINT "run_counts_pkey" PRIMARY KEY ("grain","since","namespace","layer","pipeline","status")
);

-- CreateTable
CREATE TABLE "run_count_deltas" (
    "id" BIGSERIAL NOT NULL,
    "hour" TIMESTAMPTZ(3) NOT NULL,
    "namespace" VARCHAR(128) NOT NULL,
    "layer" VARCHAR(16) NOT NULL,
    "pipeline" VARCHAR(128) NOT NULL,
    "status" VARCHAR(16) NOT NULL,
    "delta" BIGINT NOT NULL,

    CONSTRAINT "run_count_deltas_pkey" PRIMARY KEY ("id")
);

ALTER TABLE "run_counts"
    ADD CONSTRAINT "run_counts_grain_known" CHECK (grain IN ('hour', 'day', 'all'));

-- Buckets that runs have left, for whoever folds to take away.
CREATE INDEX "run_counts_empty_idx" ON "run_counts"("grain") WHERE runs = 0;

-- Every row is soon deleted again, and every list reads the whole table: it must be swept by the thousand, not by the fifth.
ALTER TABLE "run_count_deltas" SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000,
    autovacuum_vacuum_cost_delay = 0);

-- By statement where a statement may move many rows. An update is told by row, for only a row's trigger can ask whether
-- the status moved at all, and a heartbeat or a log line, which moves none, pays nothing.
CREATE FUNCTION runs_count_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO run_count_deltas (hour, namespace, layer, pipeline, status, delta)
    SELECT date_trunc('hour', created_at, 'UTC'), namespace, layer, pipeline, status, count(*)
    FROM changed GROUP BY 1, 2, 3, 4, 5;
    RETURN NULL;
END $$;

CREATE FUNCTION runs_count_removed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO run_count_deltas (hour, namespace, layer, pipeline, status, delta)
    SELECT date_trunc('hour', created_at, 'UTC'), namespace, layer, pipeline, status, -count(*)
    FROM changed GROUP BY 1, 2, 3, 4, 5;
    RETURN NULL;
END $$;

CREATE FUNCTION runs_count_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO run_count_deltas (hour, namespace, layer, pipeline, status, delta) VALUES
        (date_trunc('hour', OLD.created_at, 'UTC'), OLD.namespace, OLD.layer, OLD.pipeline, OLD.status, -1),
        (date_trunc('hour', NEW.created_at, 'UTC'), NEW.namespace, NEW.layer, NEW.pipeline, NEW.status, 1);
    RETURN NULL;
END $$;

CREATE FUNCTION runs_count_truncated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    TRUNCATE run_counts, run_count_deltas;
    RETURN NULL;
END $$;

CREATE TRIGGER runs_count_added AFTER INSERT ON "runs"
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION runs_count_added();
CREATE TRIGGER runs_count_removed AFTER DELETE ON "runs"
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION runs_count_removed();
CREATE TRIGGER runs_count_moved AFTER UPDATE OF status, created_at, namespace, layer, pipeline ON "runs"
    FOR EACH ROW WHEN ((OLD.status, OLD.created_at, OLD.namespace, OLD.layer, OLD.pipeline)
        IS DISTINCT FROM (NEW.status, NEW.created_at, NEW.namespace, NEW.layer, NEW.pipeline))
    EXECUTE FUNCTION runs_count_moved();
CREATE TRIGGER runs_count_truncated AFTER TRUNCATE ON "runs"
    FOR EACH STATEMENT EXECUTE FUNCTION runs_count_truncated();

-- What is there already. The triggers above hold a lock that lets nobody write runs until this is committed.
INSERT INTO "run_counts" (grain, since, namespace, layer, pipeline, status, runs)
SELECT grain.name, CASE grain.name WHEN 'all' THEN timestamptz 'epoch' ELSE date_trunc(grain.name, created_at, 'UTC') END,
    namespace, layer, pipeline, status, count(*)
FROM "runs" CROSS JOIN (VALUES ('hour'), ('day'), ('all')) AS grain(name) GROUP BY 1, 2, 3, 4, 5, 6;
