import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually, openStoreFixture, ORDERS, type StoreFixture } from '@rat/testing';
import fc from 'fast-check';
import { createRun } from '../runs/create-run.ts';
import {
  readChangeHorizon,
  readStatusChanges,
  type ChangeCursor,
  type StatusChange,
} from './read-status-changes.ts';

let store: StoreFixture;
beforeAll(async () => {
  store = await openStoreFixture();
});
afterAll(() => store.close());

const PAYLOAD = '{"status":"running","rows_written":null,"duration_ms":null,"error":null}';

/**
 * An open transaction that writes status rows of one run, until `end` commits it or rolls it back.
 */
async function begin(): Promise<{
  runId: string;
  write: () => Promise<void>;
  end: (how: 'COMMIT' | 'ROLLBACK') => Promise<void>;
}> {
  const { id: runId } = await createRun(store.db, {
    pipeline: ORDERS,
    trigger: { kind: 'manual' },
  });
  const client = await store.db.pool.connect();
  await client.query('BEGIN');
  let seq = 1;
  return {
    runId,
    write: async () => {
      seq += 1;
      await client.query(
        `INSERT INTO run_events (run_id, seq, attempt, kind, at, payload) VALUES ($1, $2, 1, 'status', now(), $3)`,
        [runId, seq, PAYLOAD],
      );
    },
    end: async (how) => {
      await client.query(how);
      client.release();
    },
  };
}

/** Reads like a client: each page starts after the last change of the page before. */
function follower(from: ChangeCursor): {
  received: StatusChange[];
  read: () => Promise<boolean>;
} {
  let after = from;
  const received: StatusChange[] = [];
  return {
    received,
    read: async () => {
      const { changes, isHeld } = await readStatusChanges(store.db, { after, limit: 3 });
      received.push(...changes);
      after = changes.at(-1)?.cursor ?? after;
      return isHeld;
    },
  };
}

const key = ({ runId, seq }: { runId: string; seq: number }): string => `${runId} ${seq}`;

describe('readStatusChanges', () => {
  test('a status change is held back until every older transaction has ended, and then follows their changes', async () => {
    const older = await begin();
    const younger = await begin();
    const { now } = await readChangeHorizon(store.db);
    await older.write();
    await younger.write();
    const reader = follower(now);
    await younger.end('COMMIT');
    await eventually('the reader reports a held change', () => reader.read());
    const isOurs = (change: StatusChange): boolean =>
      change.seq === 2 && [older.runId, younger.runId].includes(change.runId);
    expect(reader.received.filter(isOurs)).toEqual([]);
    await older.end('COMMIT');
    await eventually('both changes are received', async () => {
      await reader.read();
      return reader.received.filter(isOurs).length === 2;
    });
    expect(reader.received.filter(isOurs).map((change) => change.runId)).toEqual([
      older.runId,
      younger.runId,
    ]);
    expect(reader.received.at(-1)).toMatchObject({ namespace: 'default', layer: 'silver' });
  });

  test('a reader receives every committed status change once, in any interleaving of writes, commits and reads', async () => {
    const steps = fc.array(
      fc.record({
        who: fc.nat({ max: 3 }),
        what: fc.constantFrom('write', 'write', 'read', 'COMMIT', 'ROLLBACK'),
      }),
      { minLength: 5, maxLength: 40 },
    );
    await fc.assert(
      fc.asyncProperty(steps, async (schedule) => {
        const { now } = await readChangeHorizon(store.db);
        const reader = follower(now);
        const open = new Map<
          number,
          { tx: Awaited<ReturnType<typeof begin>>; written: string[] }
        >();
        const expected: string[] = [];
        const finish = async (who: number, how: 'COMMIT' | 'ROLLBACK'): Promise<void> => {
          const mine = open.get(who);
          if (mine === undefined) return;
          open.delete(who);
          await mine.tx.end(how);
          if (how === 'COMMIT') expected.push(...mine.written);
        };
        for (const { who, what } of schedule) {
          if (what === 'read') await reader.read();
          else if (what === 'write') {
            const mine = open.get(who) ?? { tx: await begin(), written: [] };
            open.set(who, mine);
            await mine.tx.write();
            mine.written.push(key({ runId: mine.tx.runId, seq: mine.written.length + 2 }));
          } else await finish(who, what);
        }
        for (const who of open.keys()) await finish(who, 'COMMIT');
        const changes = (): string[] => reader.received.filter(({ seq }) => seq > 1).map(key);
        await eventually('all changes are received', async () => {
          await reader.read();
          return changes().length >= expected.length;
        });
        expect(changes().sort()).toEqual(expected.sort());
      }),
      { numRuns: 25 },
    );
  });

  test('a log row has no position in the order of status changes', async () => {
    const { id: runId } = await createRun(store.db, {
      pipeline: ORDERS,
      trigger: { kind: 'manual' },
    });
    await store.db.pool.query(
      `INSERT INTO run_events (run_id, seq, attempt, kind, at, message) VALUES ($1, 2, 1, 'log', now(), 'x')`,
      [runId],
    );
    const { rows } = await store.db.pool.query(
      'SELECT kind, commit_xid IS NULL AS unordered FROM run_events WHERE run_id = $1 ORDER BY seq',
      [runId],
    );
    expect(rows).toEqual([
      { kind: 'status', unordered: false },
      { kind: 'log', unordered: true },
    ]);
  });
});
