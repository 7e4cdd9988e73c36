import { z } from 'zod';
import { layer, slug } from '../common.ts';

const name = slug.meta({ description: 'A lowercase slug' });

/** The id of a run. */
export const runPath = { id: z.uuid() };

/** A namespace's name. */
export const namespacePath = { namespace: name };

/** A pipeline's or a table's address. */
export const pipelinePath = { namespace: name, layer, name };

/** A landing zone's address. */
export const zonePath = { namespace: name, zone: name };

/** The header in which a proxy in front of the API names the user. */
export const REQUESTED_BY = {
  'X-Requested-By': {
    description: 'The user, in 1 to 200 printable characters; it wins over `requested_by`',
  },
};

/** The header that makes a retry of a request safe that creates runs. */
export const IDEMPOTENCY_KEY = {
  'Idempotency-Key': { description: '1 to 255 printable ASCII characters; makes a retry safe' },
};

/** Whether the run of the answer is that of an earlier request. */
export const IDEMPOTENT_REPLAYED = {
  'Idempotent-Replayed': { description: '`true` when an earlier request created the run' },
};

/** The header with which a browser resumes an event stream. */
export const LAST_EVENT_ID = {
  'Last-Event-ID': { description: 'The id of the last event that arrived; it wins over `after`' },
};

/** Where the new run is. */
export const LOCATION = { Location: { description: 'The path of the new run' } };
