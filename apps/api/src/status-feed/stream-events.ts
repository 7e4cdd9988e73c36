import { InputError } from '@rat/domain';
import { readChangeHorizon, type ChangeCursor, type Database } from '@rat/store';
import type { FeedDeps } from './feed-deps.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { openSse } from '../http/sse.ts';
import { streamFeed } from './stream-feed.ts';

/** A transaction id and a position in it; eighteen digits always fit Postgres's bigint. */
const CURSOR = /^(\d{1,18})-(\d{1,18})$/;

/**
 * GET /api/v1/events: the status changes of all runs as one event stream, from now on or after a
 * cursor. It ends only at its maximum age, and resumes like a run's stream.
 */
export function streamEventsRoute(deps: FeedDeps): HandledOperation<'streamEvents'> {
  return handleOperation(
    'streamEvents',
    async (req, res, { query: { after: requested, ...filter } }) => {
      const after = await readCursor(deps.db, req.get('last-event-id') || requested);
      deps.feed.assertOpen();
      const release = deps.slots.take({ client: req.ip ?? '' });
      try {
        const sse = openSse(res, { maxAgeMs: deps.maxStreamAgeMs });
        const { feed, log } = deps;
        // HEAD gets the headers only, so it must not follow the stream.
        if (req.method !== 'HEAD') await streamFeed({ feed, sse, after, filter, log });
        sse.end();
      } finally {
        release();
      }
    },
  );
}

/**
 * The cursor to resume after; without one, the current position. Throws InputError for a cursor
 * that this database has never issued.
 */
async function readCursor(db: Database, text: unknown): Promise<ChangeCursor> {
  const parts = text === undefined || text === '' ? undefined : parseCursor(text);
  const { now, end } = await readChangeHorizon(db);
  if (parts === undefined) return now;
  if (parts.xid > end) throw notOfThisStream();
  return parts;
}

function parseCursor(text: unknown): ChangeCursor {
  const match = typeof text === 'string' ? CURSOR.exec(text) : null;
  const [, xid, position] = match ?? [];
  if (xid === undefined || position === undefined) throw notOfThisStream();
  return { xid: BigInt(xid), position: BigInt(position) };
}

function notOfThisStream(): InputError {
  const message = 'must be the id of an event of this stream';
  return new InputError(`after ${message}`, [{ path: 'after', message }]);
}
