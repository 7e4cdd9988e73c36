import { z } from 'zod';
import { layer, slug } from '../common.ts';

const name = slug.meta({ description: 'A lowercase slug' });

/** The id of a run. */
export const runPath = { id: z.uuid() };

/** A pipeline's or a table's address. */
export const pipelinePath = { namespace: name, layer, name };

/** A landing zone's address. */
export const zonePath = { namespace: name, zone: name };

/** Who asks, as the header that a proxy in front of the API sets. */
export const REQUESTED_BY = {
  'X-Requested-By': {
    description: 'Who asks, in 1 to 200 printable characters; it wins over `requested_by`',
  },
};

/** Where a stream goes on, as a browser sends it by itself. */
export const LAST_EVENT_ID = {
  'Last-Event-ID': { description: 'The id of the last event that arrived; it wins over `after`' },
};

/** Where the new run is. */
export const LOCATION = { Location: { description: 'The path of the new run' } };
