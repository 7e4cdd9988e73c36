import { z } from 'zod';
import { layer, slug } from '../common.ts';
import { scheduleName } from '../http/schedule.ts';
import { triggerName } from '../http/trigger.ts';

const name = slug.meta({ description: 'A lowercase slug' });

/** The id of a run. */
export const runPath = { id: z.uuid() };

/** A namespace's name. */
export const namespacePath = { namespace: name };

/** A pipeline's or a table's address. */
export const pipelinePath = { namespace: name, layer, name };

/** A version of a pipeline. */
export const versionPath = {
  ...pipelinePath,
  version: z.int().positive().meta({ description: 'The number of the version' }),
};

/** The id of a schedule. */
export const schedulePath = { id: z.uuid() };

/** A schedule's name below its pipeline. */
export const pipelineSchedulePath = { ...pipelinePath, schedule: scheduleName };

/** The id of a trigger. */
export const triggerPath = { id: z.uuid() };

/** A trigger's name below its pipeline, or its id. */
export const pipelineTriggerPath = {
  ...pipelinePath,
  trigger: z.union([triggerName, z.uuid()]),
};

/** The path of a file of a pipeline. */
export const filePath = {
  path: z.string().meta({
    description:
      'The rest of the path, with its slashes: `{namespace}/pipelines/{layer}/{name}/` and `pipeline.sql`, `config.yaml`, `tests/quality/{test}.sql` or `tests/quality.yaml`',
  }),
};

/** A landing zone's address. */
export const zonePath = { namespace: name, zone: name };

/** The header in which a proxy in front of the API names the user, where the API signs nobody in itself. */
export const REQUESTED_BY = {
  'X-Requested-By': {
    description:
      'The user, in 1 to 200 printable characters; it wins over `requested_by`. While sign-in is on, the principal is stored instead',
  },
};

/** The headers with which a write names the state that it changes. */
export const IF_MATCH = {
  'If-Match': {
    description: 'Entity tags, or `*`; the write is refused with 412 when none of them is current',
  },
};

/** The header with which a write only creates. */
export const IF_NONE_MATCH = {
  'If-None-Match': { description: 'Only `*`: the write is refused with 412 when the thing exists' },
};

/** The entity tag in an answer. */
export const ETAG = { ETag: { description: 'The entity tag, for `If-Match` of a later write' } };

/** The header that makes a retry of a request safe that makes something. */
export const IDEMPOTENCY_KEY = {
  'Idempotency-Key': { description: '1 to 255 printable ASCII characters; makes a retry safe' },
};

/** Whether the client waits for what the request started (RFC 7240). */
export const PREFER = {
  Prefer: { description: '`respond-async`: the answer does not wait for the end of the run' },
};

/** Whether the answer is that to an earlier request. */
export const IDEMPOTENT_REPLAYED = {
  'Idempotent-Replayed': { description: '`true` when an earlier request did what this one asks' },
};

/** The header with which a browser resumes an event stream. */
export const LAST_EVENT_ID = {
  'Last-Event-ID': { description: 'The id of the last event that arrived; it wins over `after`' },
};

/** Where the new landing zone is. */
export const ZONE_LOCATION = { Location: { description: 'The path of the new landing zone' } };

/** Where the new run is. */
export const LOCATION = { Location: { description: 'The path of the new run' } };
