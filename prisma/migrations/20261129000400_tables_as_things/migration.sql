-- Tables become things of their own: a person drops one and takes the drop back, writes down what it holds, and looks
-- at a profile of its columns.
--
-- A dropped table leaves "lake"."iceberg_tables", because other engines read that table and know no mark of ours. Its
-- pointer moves here, in the same statement, and comes back with an undrop. Until "keep_until" its files stay.

CREATE TABLE "dropped_tables" (
    "id" UUID NOT NULL,
    "namespace" VARCHAR(128) NOT NULL,
    "layer" VARCHAR(16) NOT NULL,
    "name" VARCHAR(255) NOT NULL,
    "metadata_location" VARCHAR(1000) NOT NULL,
    "state" VARCHAR(16) NOT NULL DEFAULT 'restorable',
    "state_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "dropped_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "dropped_by" VARCHAR(200),
    "reason" TEXT,
    "forced" BOOLEAN NOT NULL DEFAULT false,
    "keep_until" TIMESTAMPTZ(3) NOT NULL,
    "restored_by" VARCHAR(200),

    CONSTRAINT "dropped_tables_pkey" PRIMARY KEY ("id")
);

ALTER TABLE "dropped_tables"
    ADD CONSTRAINT "dropped_tables_state_known"
        CHECK (state IN ('restorable', 'restored', 'removing', 'removed')),
    ADD CONSTRAINT "dropped_tables_layer_known"
        CHECK (layer IN ('bronze', 'silver', 'gold')),
    ADD CONSTRAINT "dropped_tables_restorer_restored"
        CHECK (restored_by IS NULL OR state = 'restored');

CREATE INDEX "dropped_tables_namespace_layer_name_dropped_at_idx"
    ON "dropped_tables" ("namespace", "layer", "name", "dropped_at" DESC);

-- What the runners look for every minute: the drops whose time is over.
CREATE INDEX "dropped_tables_due_idx" ON "dropped_tables" ("keep_until") WHERE state IN ('restorable', 'removing');

-- By the table's address and not by a row of the catalog: the words outlast a full refresh, a drop and an undrop.
CREATE TABLE "table_docs" (
    "namespace" VARCHAR(128) NOT NULL,
    "layer" VARCHAR(16) NOT NULL,
    "name" VARCHAR(255) NOT NULL,
    "description" TEXT,
    "owner" VARCHAR(200),
    "tags" JSONB NOT NULL DEFAULT '[]',
    "columns" JSONB NOT NULL DEFAULT '{}',
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_by" VARCHAR(200),

    CONSTRAINT "table_docs_pkey" PRIMARY KEY ("namespace", "layer", "name")
);

-- One profile of each table, that of the newest snapshot that was asked about; so there are never more than tables.
CREATE TABLE "table_profiles" (
    "namespace" VARCHAR(128) NOT NULL,
    "layer" VARCHAR(16) NOT NULL,
    "name" VARCHAR(255) NOT NULL,
    "snapshot_id" VARCHAR(20) NOT NULL,
    "profile" JSONB NOT NULL,
    "computed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "table_profiles_pkey" PRIMARY KEY ("namespace", "layer", "name")
);
