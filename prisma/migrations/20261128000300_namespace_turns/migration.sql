-- Namespaces take turns for the slots of a pool; the priority orders the runs of one namespace. A claim whose slot several
-- namespaces want locks the pool's row, chooses among them, and records the turn.

-- A namespace of weight 2 starts twice as many runs as one of weight 1 while both wait.
ALTER TABLE "namespaces"
    ADD COLUMN "weight" INTEGER NOT NULL DEFAULT 1,
    ADD CONSTRAINT "namespaces_weight_known" CHECK (weight BETWEEN 1 AND 1000);

-- The turn that was served last. Its lock puts contested claims of one pool into an order.
CREATE TABLE "pool_turns" (
    "pool" VARCHAR(64) NOT NULL,
    "virtual_time" DOUBLE PRECISION NOT NULL DEFAULT 0,

    CONSTRAINT "pool_turns_pkey" PRIMARY KEY ("pool")
);

CREATE TABLE "namespace_turns" (
    "pool" VARCHAR(64) NOT NULL,
    "namespace" VARCHAR(128) NOT NULL,
    "last_turn" DOUBLE PRECISION NOT NULL,

    CONSTRAINT "namespace_turns_pkey" PRIMARY KEY ("pool","namespace")
);

ALTER TABLE "namespace_turns" ADD CONSTRAINT "namespace_turns_namespace_fkey" FOREIGN KEY ("namespace") REFERENCES "namespaces"("name") ON DELETE CASCADE ON UPDATE CASCADE;

-- The first run of each namespace among those that have a ticket; runs that wait for their pipeline have none.
CREATE INDEX "runs_turn_idx" ON "runs"("pool", "namespace", "priority" DESC, "created_at", "id") WHERE status = 'pending' AND enqueued_at IS NOT NULL;
