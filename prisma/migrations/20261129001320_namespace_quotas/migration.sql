-- Quotas of a namespace: one tenant of an installation must not fill the queue, the runners or the disk of the others.
-- NULL is no quota. What is used within an hour or a day is counted in a row of its own, and only while there is a quota:
-- a namespace without one has no row that all its requests would wait for. Runs in line and running runs are counted
-- from the runs themselves.

ALTER TABLE "namespaces"
    ADD COLUMN "max_runs_in_line" INTEGER,
    ADD COLUMN "max_runs_running" INTEGER,
    ADD COLUMN "max_query_seconds" INTEGER,
    ADD COLUMN "max_upload_bytes" BIGINT,
    ADD CONSTRAINT "namespaces_quotas_known" CHECK (
        (max_runs_in_line IS NULL OR max_runs_in_line >= 0)
        AND (max_runs_running IS NULL OR max_runs_running >= 0)
        AND (max_query_seconds IS NULL OR max_query_seconds >= 0)
        AND (max_upload_bytes IS NULL OR max_upload_bytes >= 0)
    );

-- `used` is in milliseconds for query_seconds. Older windows are overwritten, so a namespace has two rows at most.
CREATE TABLE "namespace_usage" (
    "namespace" VARCHAR(128) NOT NULL,
    "quota" VARCHAR(16) NOT NULL,
    "window_start" TIMESTAMPTZ(3) NOT NULL,
    "used" BIGINT NOT NULL,

    CONSTRAINT "namespace_usage_pkey" PRIMARY KEY ("namespace", "quota"),
    CONSTRAINT "namespace_usage_quota_known" CHECK (quota IN ('query_seconds', 'upload_bytes')),
    CONSTRAINT "namespace_usage_used_known" CHECK (used >= 0)
);

ALTER TABLE "namespace_usage" ADD CONSTRAINT "namespace_usage_namespace_fkey" FOREIGN KEY ("namespace") REFERENCES "namespaces"("name") ON DELETE CASCADE ON UPDATE CASCADE;
