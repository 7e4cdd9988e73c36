-- What people decided about an ended run's data: published out of quarantine, discarded, or taken back.
--
-- The run itself never changes once it has ended, so a decision is a row of its own, with who gave which reason. A run's
-- quarantine ends once, and a run is taken back once: the unique indexes say so, whoever asks twice at the same time.

CREATE TABLE "run_actions" (
    "run_id" UUID NOT NULL,
    "action" VARCHAR(16) NOT NULL,
    "reason" TEXT,
    "snapshot_id" VARCHAR(20),
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "run_actions_pkey" PRIMARY KEY ("run_id","action")
);

ALTER TABLE "run_actions" ADD CONSTRAINT "run_actions_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "runs"("id") ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE "run_actions"
    ADD CONSTRAINT "run_actions_action_known" CHECK (action IN ('publish', 'discard', 'revert'));

CREATE UNIQUE INDEX "run_actions_quarantine_ends_once" ON "run_actions"("run_id") WHERE action IN ('publish', 'discard');
