-- The readiness check writes one row here: a database that is read-only or out of space still answers every question.

CREATE TABLE "write_checks" (
    "id" SMALLINT NOT NULL,
    "checked_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "write_checks_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "write_checks_one_row" CHECK (id = 1)
);
