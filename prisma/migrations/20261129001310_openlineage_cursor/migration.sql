-- How far the status changes of runs have been sent as OpenLineage events. The changes themselves are the outbox: they are
-- stored anyway, so a run writes nothing more, and a receiver that is down for a day misses nothing. One row at most; it
-- appears when events are sent for the first time. The holder is the runner that sends; another one takes over when
-- `held_until` has passed.

CREATE TABLE "openlineage_cursor" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "xid" BIGINT NOT NULL,
    "position" BIGINT NOT NULL,
    "holder" VARCHAR(200),
    "held_until" TIMESTAMPTZ(3),

    CONSTRAINT "openlineage_cursor_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "openlineage_cursor_one" CHECK (id = 1)
);
