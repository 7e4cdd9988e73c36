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

type Deps = Pick<AttemptDeps, 'runnerId' | 'db' | 'tables' | 'log'>;

const EVERY_MS = 2_000;

/** Longer than a turn: two runners never send at the same time. */
const LEASE_MS = 60_000;

/** A turn that has sent for this long stores how far it is and ends. */
const TURN_MS = 20_000;

const PAGE_ROWS = 200;

/** The longest pause while the receiver is out of reach. */
const PAUSE_MAX_MS = 60_000;

/**
 * Sends the status changes of runs as OpenLineage events, in their order, from one runner at a time.
 * The changes wait in Postgres until the receiver has taken them, so no run waits, a restart loses
 * nothing, and an event may be sent twice. An event that the receiver refuses for good is logged as
 * an error and left out.
 */
export function sendLineage(settings: LineageSettings): BackgroundJob<AttemptDeps> {
  let failures = 0;
  let pausedUntil = 0;
  return {
    name: 'send-lineage',
    everyMs: EVERY_MS,
    run: async (deps, signal) => {
      if (performance.now() < pausedUntil) return;
      const after = await takeOpenlineageCursor(deps.db, deps.runnerId, LEASE_MS);
      if (after === undefined) return;
      try {
        await sendAfter(deps, settings, after, signal);
        if (failures > 0) deps.log.info('lineage events are sent again');
        failures = 0;
      } catch (error) {
        rethrowIfAborted(error, signal);
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

/** Stores how far it came, also when it throws. */
async function sendAfter(
  deps: Deps,
  settings: LineageSettings,
  from: ChangeCursor,
  signal: AbortSignal,
): Promise<void> {
  const until = performance.now() + TURN_MS;
  let sent = from;
  try {
    for (;;) {
      const moves = await readLineageMoves(deps.db, { after: sent, limit: PAGE_ROWS });
      for (const move of moves) {
        await sendOne(deps, settings, move, signal);
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
  move: LineageMove,
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
  const facts = { run_id: move.runId, event: type, status: answer.refused };
  deps.log.error(facts, 'lineage event refused, left out');
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
