-- A cancel that says when and by whom it was asked for, when the runner passed it on, and when the SQL had really
-- stopped; a cancel of many runs that does exactly what was shown before; and runs that read what another one read.

ALTER TABLE "runs"
    ADD COLUMN "cancel_requested_by" VARCHAR(200),
    ADD COLUMN "cancel_interrupted_at" TIMESTAMPTZ(3),
    ADD COLUMN "cancel_stopped_at" TIMESTAMPTZ(3),
    ADD COLUMN "cancel_phase" VARCHAR(16),
    ADD COLUMN "pinned_snapshots" JSONB;

ALTER TABLE "runs"
    ADD CONSTRAINT "runs_receipt_needs_cancel" CHECK (cancel_requested_at IS NOT NULL
        OR (cancel_requested_by IS NULL AND cancel_interrupted_at IS NULL AND cancel_stopped_at IS NULL AND cancel_phase IS NULL)),
    ADD CONSTRAINT "runs_receipt_in_order" CHECK (cancel_interrupted_at >= cancel_requested_at AND cancel_stopped_at >= cancel_requested_at);

-- The search for cancelled runs of which nobody has said yet that they stopped.
CREATE INDEX "runs_unconfirmed_idx" ON "runs"("finished_at") WHERE status = 'cancelled' AND cancel_requested_at IS NOT NULL AND cancel_stopped_at IS NULL;

-- Runs that were cancelled before receipts were written had stopped by their end, as far as anybody knows.
UPDATE "runs" SET cancel_stopped_at = finished_at WHERE status = 'cancelled' AND cancel_requested_at <= finished_at;

-- What one request showed and the next one may cancel.
CREATE TABLE "cancel_plans" (
    "id" UUID NOT NULL,
    "run_ids" UUID[],
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "cancel_plans_pkey" PRIMARY KEY ("id"),
    -- Prisma has no word for a list that is never NULL.
    CONSTRAINT "cancel_plans_has_runs" CHECK (run_ids IS NOT NULL)
);
CREATE INDEX "cancel_plans_expires_at_idx" ON "cancel_plans"("expires_at");
