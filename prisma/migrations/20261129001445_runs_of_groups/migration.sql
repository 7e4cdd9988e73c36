-- The run group that a run belongs to. No foreign key: a group is forgotten before its runs. NULL: the run belongs to
-- none, or an older version made it after this migration; then only the group's own row names it.

ALTER TABLE "runs" ADD COLUMN "group_id" UUID;

UPDATE "runs" r SET "group_id" = n."group_id" FROM "group_nodes" n WHERE n."run_id" = r."id";

-- Few runs belong to a group, so the index is small.
CREATE INDEX "runs_group_idx" ON "runs"("group_id") WHERE group_id IS NOT NULL;
