-- Where the request for a run came from: the trace that it belongs to and the id of the request. They are stored with the run,
-- and not with its ticket, so that every attempt knows them: also one that a rescue has enqueued, on either backend of the
-- queue. NULL: no request made the run, or an older version did.

ALTER TABLE "runs"
    ADD COLUMN "traceparent" VARCHAR(55),
    ADD COLUMN "request_id" VARCHAR(128);
