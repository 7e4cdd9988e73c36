import { formatRef, parseRef } from '@rat/domain';
import { readTableState, spellType } from '@rat/iceberg';
import { coerceError, rethrowIfAborted, type BackgroundJob } from '@rat/runtime';
import {
  findTables,
  moveOpenlineageCursor,
  readLineageMoves,
  takeOpenlineageCursor,
  type ChangeCursor,
  type LineageMove,
} from '@rat/store';
import type { AttemptDeps } from '../attempt-contract/attempt-deps.ts';
import { postEvent, type LineageReceiver } from './post-event.ts';
import { eventType, outputName, toEvent, type DatasetColumn } from './to-event.ts';

/** The settings of OpenLineage. */
export interface LineageSettings extends LineageReceiver {
  namespace: string;
  version: string;
}

type Deps = Pick<AttemptDeps, 'runnerId' | 'db' | 'tables' | 'log' | 'observer'>;

const EVERY_MS = 2_000;

/** Longer than a turn: two runners never send at the same time. */
const LEASE_MS = 60_000;

/** A turn that has sent for this long stores how far it is and ends. */
const TURN_MS = 20_000;

const PAGE_ROWS = 200;

/** The longest pause while the receiver is out of reach. */
const PAUSE_MAX_MS = 60_000;

/** An event at which the receiver failed so often in a row is left out. The pauses between are 30 s together. */
const TRIES_MAX = 5;

/**
 * Sends the status changes of runs as OpenLineage events, in their order, from one runner at a time.
 * The changes wait in Postgres until the receiver has taken them, so no run waits, a restart loses
 * nothing, and an event may be sent twice. An event that the receiver refuses for good, or fails at in
 * every one of several tries, is counted, logged once as an error, and left out: it must not hold back
 * the events behind it.
 */
export function sendLineage(settings: LineageSettings): BackgroundJob<AttemptDeps> {
  let failures = 0;
  let pausedUntil = 0;
  const tries = new Tries();
  return {
    name: 'send-lineage',
    everyMs: EVERY_MS,
    run: async (deps, signal) => {
      if (performance.now() < pausedUntil) return;
      const after = await takeOpenlineageCursor(deps.db, deps.runnerId, LEASE_MS);
      if (after === undefined) return;
      try {
        await sendAfter(deps, settings, { after, tries }, signal);
        if (failures > 0) deps.log.info('lineage events are sent again');
        failures = 0;
      } catch (error) {
        rethrowIfAborted(error, signal);
        if (error instanceof FailedAtEventError) {
          pausedUntil = performance.now() + 1_000 * 2 ** error.tries;
          return;
        }
        if (!(error instanceof OutOfReachError)) throw error;
        failures += 1;
        pausedUntil = performance.now() + Math.min(PAUSE_MAX_MS, EVERY_MS * 2 ** failures);
        const line = 'lineage events wait, receiver out of reach';
        if (failures === 1) deps.log.warn({ err: error }, line);
      }
    },
  };
}

/** The receiver did not take an event that it may take later. */
class OutOfReachError extends Error {
  override name = 'OutOfReachError';
}

/** The receiver answered with an error of its own to an event that may be the reason. */
class FailedAtEventError extends Error {
  override name = 'FailedAtEventError';
  readonly tries: number;

  constructor(tries: number) {
    super('the receiver failed at an event');
    this.tries = tries;
  }
}

/** How often the receiver has failed at one event in a row. A restart of the runner begins anew. */
class Tries {
  #cursor = '';
  #count = 0;

  /** Counts one more failure at the event; returns how many there are. */
  add({ xid, position }: ChangeCursor): number {
    const cursor = `${xid} ${position}`;
    this.#count = cursor === this.#cursor ? this.#count + 1 : 1;
    this.#cursor = cursor;
    return this.#count;
  }
}

/** Stores how far it came, also when it throws. */
async function sendAfter(
  deps: Deps,
  settings: LineageSettings,
  { after: from, tries }: { after: ChangeCursor; tries: Tries },
  signal: AbortSignal,
): Promise<void> {
  const until = performance.now() + TURN_MS;
  let sent = from;
  try {
    for (;;) {
      const moves = await readLineageMoves(deps.db, { after: sent, limit: PAGE_ROWS });
      for (const move of moves) {
        await sendOne(deps, settings, { move, tries }, signal);
        sent = move.cursor;
        if (performance.now() > until) return;
      }
      if (moves.length < PAGE_ROWS) return;
    }
  } finally {
    if (sent !== from) await moveOpenlineageCursor(deps.db, deps.runnerId, sent);
  }
}

async function sendOne(
  deps: Deps,
  settings: LineageSettings,
  { move, tries }: { move: LineageMove; tries: Tries },
  signal: AbortSignal,
): Promise<void> {
  const type = eventType(move);
  if (type === undefined) return;
  const columns = await readColumns(deps, move);
  const event = toEvent(move, type, { ...settings, columns });
  const answer = await postEvent(settings, event, signal).catch((error: unknown) => {
    rethrowIfAborted(error, signal);
    throw new OutOfReachError('the receiver takes no events', { cause: error });
  });
  if (answer === 'taken') return;
  const facts = { run_id: move.runId, event: type };
  if ('refused' in answer) {
    deps.observer?.lineageEventLeftOut('refused');
    deps.log.error({ ...facts, status: answer.refused }, 'lineage event refused, left out');
    return;
  }
  const count = tries.add(move.cursor);
  if (count < TRIES_MAX) throw new FailedAtEventError(count);
  deps.observer?.lineageEventLeftOut('failed');
  deps.log.error(
    { ...facts, status: answer.failed, tries: count },
    'lineage event failed at the receiver, left out',
  );
}

/** The columns of the tables of a run, each at the version that the run read or wrote. */
async function readColumns(deps: Deps, move: LineageMove): Promise<Map<string, DatasetColumn[]>> {
  const versions = new Map(Object.entries(move.inputSnapshots));
  if (move.outputSnapshotId !== undefined) versions.set(outputName(move), move.outputSnapshotId);
  const refs = [...versions.keys()].flatMap((name) => parseRef(name, move.namespace) ?? []);
  const found = new Map<string, DatasetColumn[]>();
  if (refs.length === 0) return found;
  const locations = await findTables(deps.db, refs);
  for (const ref of refs) {
    const name = formatRef(ref);
    const location = locations.get(name);
    const snapshotId = versions.get(name);
    if (location === undefined || snapshotId === undefined) continue;
    try {
      const { metadata } = await readTableState(deps.tables, location);
      const snapshot = metadata.snapshots.find((one) => String(one['snapshot-id']) === snapshotId);
      const schemaId = snapshot?.['schema-id'] ?? metadata['current-schema-id'];
      const schema = metadata.schemas.find((one) => one['schema-id'] === schemaId);
      const fields = schema?.fields ?? [];
      found.set(
        name,
        fields.map((field) => ({ name: field.name, type: spellType(field.type) })),
      );
    } catch (error) {
      // The event is worth sending without the columns of a table that cannot be read.
      deps.log.debug({ table: name, reason: coerceError(error).message }, 'columns not read');
    }
  }
  return found;
}
