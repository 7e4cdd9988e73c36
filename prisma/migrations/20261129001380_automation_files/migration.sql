-- The text of `automation.yaml`, which lies beside the files of a pipeline and is no part of its versions, and which of
-- the pipeline's schedules come from it. Replicas of an earlier version write neither, so their schedules are `api`.

ALTER TABLE "pipelines" ADD COLUMN "automation_yaml" TEXT;

ALTER TABLE "schedules" ADD COLUMN "managed_by" VARCHAR(8) NOT NULL DEFAULT 'api';

ALTER TABLE "schedules"
    ADD CONSTRAINT "schedules_managed_by_known" CHECK (managed_by IN ('api', 'files'));
