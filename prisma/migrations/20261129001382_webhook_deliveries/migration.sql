-- Whether a trigger has decided about a delivery. `firing_id` is what it decided.

ALTER TABLE "webhook_deliveries" ADD COLUMN "decided_at" TIMESTAMPTZ(3);

-- A trigger reads the deliveries that it has not decided about.
CREATE INDEX "webhook_deliveries_undecided_idx" ON "webhook_deliveries"("trigger_id", "position") WHERE decided_at IS NULL;
