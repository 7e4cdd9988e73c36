import { fireTriggersSoon } from '@rat/dispatch';
import { formatRef, parseRef } from '@rat/domain';
import { dataVersion, readTableState } from '@rat/iceberg';
import { coerceError, type BackgroundJob } from '@rat/runtime';
import {
  findTables,
  forgetMoves,
  isHeadAt,
  listMovedTables,
  listUnreadStates,
  nameState,
  noteTables,
  noteUnseenMoves,
  saveHead,
} from '@rat/store';
import type { AttemptDeps } from '../attempt-contract/attempt-deps.ts';

const TABLES_A_TURN = 50;

type MoveDeps = Pick<AttemptDeps, 'db' | 'queue' | 'hints' | 'tables' | 'log'>;

/**
 * Reads what other programs have written into tables that triggers watch. A move of the pointer is not
 * yet new data: branches and compaction move it too. Every runner runs this job. Two that read the same
 * table write the same version.
 */
export const readTableMoves: BackgroundJob<MoveDeps> = {
  name: 'read-table-moves',
  everyMs: 1_000,
  run: async (deps, signal) => {
    // First: a version that a trigger began with must not look new.
    for (const state of await listUnreadStates(deps.db, TABLES_A_TURN)) {
      if (signal.aborted) return;
      await tryTable(deps, state.ref, async () => {
        await nameState(deps.db, state, await readVersion(deps, state.location));
      });
    }
    const read: string[] = [];
    for (const moved of await listMovedTables(deps.db, TABLES_A_TURN)) {
      if (signal.aborted) return;
      await tryTable(deps, moved.ref, async () => {
        await readHead(deps, moved.ref);
        await forgetMoves(deps.db, moved);
        read.push(moved.ref);
      });
    }
    if (read.length > 0 && (await noteTables(deps.db, read))) fireTriggersSoon(deps);
  },
};

/** Finds moves that were never noted. */
export const sweepTableMoves: BackgroundJob<Pick<AttemptDeps, 'db'>> = {
  name: 'sweep-table-moves',
  everyMs: 60_000,
  run: ({ db }) => noteUnseenMoves(db),
};

async function readHead(deps: MoveDeps, ref: string): Promise<void> {
  const table = parseRef(ref, '');
  if (table === undefined) return;
  const location = (await findTables(deps.db, [table])).get(formatRef(table));
  // Our own publishes have noted their version already.
  if (location === undefined || (await isHeadAt(deps.db, ref, location))) return;
  const version = await readVersion(deps, location);
  if (version === '') return;
  await saveHead(deps.db, table, { location, dataVersion: version });
}

/** The data version in decimal; empty for a table without data. */
async function readVersion({ tables }: MoveDeps, location: string): Promise<string> {
  const { metadata } = await readTableState(tables, location);
  return dataVersion(metadata)?.toString() ?? '';
}

/** One table that cannot be read must not keep the others from being read. */
async function tryTable(
  { log }: MoveDeps,
  table: string,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (err) {
    log.warn({ reason: coerceError(err).message, table }, 'moved table not read');
  }
}
