-- Where the interval of a scheduled run begins: at the due time before it, or where the last success ended.

ALTER TABLE "schedules" ADD COLUMN "interval_mode" VARCHAR(16) NOT NULL DEFAULT 'previous';

ALTER TABLE "schedules"
    ADD CONSTRAINT "schedules_interval_mode_known" CHECK (interval_mode IN ('previous', 'since_success'));
