-- What every runner looks for each second: the states that are known by their metadata file only.
CREATE INDEX "trigger_inputs_unread_idx" ON "trigger_inputs" ("input") WHERE consumed LIKE 'metadata:%';
