-- Which files of its landing zones an attempt reads, and whether they are to be moved away once it is published.
--
-- The move cannot be part of the transaction that publishes. What is to be moved is: from that commit on the files count
-- as read, wherever a crash leaves them, and whoever finds the row finishes the move.

CREATE TABLE "landing_reads" (
    "run_id" UUID NOT NULL,
    "attempt" INTEGER NOT NULL,
    "zone" VARCHAR(128) NOT NULL,
    "files" JSONB NOT NULL,
    "files_total" INTEGER NOT NULL,
    "bytes_total" BIGINT NOT NULL,
    "archive" VARCHAR(8) NOT NULL,

    CONSTRAINT "landing_reads_pkey" PRIMARY KEY ("run_id","attempt","zone")
);

ALTER TABLE "landing_reads" ADD CONSTRAINT "landing_reads_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "runs"("id") ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE "landing_reads"
    ADD CONSTRAINT "landing_reads_archive_known" CHECK (archive IN ('none', 'held', 'due', 'done'));

-- Few rows at any time: what was published within the last seconds.
CREATE INDEX "landing_reads_due" ON "landing_reads"("zone") WHERE archive = 'due';
