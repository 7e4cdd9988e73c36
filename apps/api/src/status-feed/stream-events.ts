import { InputError } from '@rat/domain';
import { readChangeHorizon, type ChangeCursor, type Database } from '@rat/store';
import type { AppDeps } from '../app-deps.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { openSse } from '../http/sse.ts';
import { streamFeed } from './stream-feed.ts';

/** A transaction and a place in it; eighteen digits fit Postgres's bigint, whatever they are. */
const CURSOR = /^(\d{1,18})-(\d{1,18})$/;

/**
 * GET /api/v1/events: every run's status changes as one event stream, from now on or after a cursor. It has no end but
 * that of its age, and resumes as a run's stream does.
 */
export function streamEventsRoute(
  deps: Pick<AppDeps, 'db' | 'feed' | 'slots' | 'maxStreamAgeMs' | 'log'>,
): HandledOperation<'streamEvents'> {
  return handleOperation(
    'streamEvents',
    async (req, res, { query: { after: asked, ...filter } }) => {
      const after = await readCursor(deps.db, req.get('last-event-id') || asked);
      deps.feed.assertOpen();
      const giveBack = deps.slots.take({ client: req.ip ?? '' });
      try {
        const sse = openSse(res, { maxAgeMs: deps.maxStreamAgeMs });
        const { feed, log } = deps;
        // HEAD asks for the headers of an answer that does not end.
        if (req.method !== 'HEAD') await streamFeed({ feed, sse, after, filter, log });
        sse.end();
      } finally {
        giveBack();
      }
    },
  );
}

/** Where to go on; without a cursor, now. Throws InputError for one that this database has never given. */
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
