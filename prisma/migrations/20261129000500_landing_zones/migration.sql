-- What people decided about a landing zone: its description, its owner, the columns that its files must have, what a run
-- over the empty zone does, and how long files that were read are kept.
--
-- The storage stays the truth about files: a zone without a row is a folder with the default of every column here. So an
-- older API or runner, which knows no row, still finds every file.

CREATE TABLE "landing_zones" (
    "namespace" VARCHAR(128) NOT NULL,
    "name" VARCHAR(128) NOT NULL,
    "description" TEXT,
    "owner" VARCHAR(200),
    "expected_columns" JSONB,
    "on_empty" VARCHAR(8),
    "processed_retention_days" INTEGER,
    "purged_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "landing_zones_pkey" PRIMARY KEY ("namespace","name")
);

ALTER TABLE "landing_zones" ADD CONSTRAINT "landing_zones_namespace_fkey" FOREIGN KEY ("namespace") REFERENCES "namespaces"("name") ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE "landing_zones"
    ADD CONSTRAINT "landing_zones_on_empty_known" CHECK (on_empty IN ('skip', 'fail', 'empty')),
    -- An empty zone has columns only when a person named them.
    ADD CONSTRAINT "landing_zones_empty_needs_columns" CHECK (on_empty IS DISTINCT FROM 'empty' OR expected_columns IS NOT NULL),
    ADD CONSTRAINT "landing_zones_columns_are_a_list" CHECK (expected_columns IS NULL OR jsonb_typeof(expected_columns) = 'array'),
    ADD CONSTRAINT "landing_zones_retention_known" CHECK (processed_retention_days BETWEEN 1 AND 36500);

-- The purge looks only at zones that have a limit, and few have one.
CREATE INDEX "landing_zones_to_purge" ON "landing_zones"("purged_at") WHERE processed_retention_days IS NOT NULL;
