import { namedFiles, readTableState, TableFormatError, type TableState } from '@rat/iceberg';
import type { DroppedTable } from '@rat/store';
import type { AttemptDeps } from '../attempt-contract/attempt-deps.ts';
import { findCurrentTable } from '../table-commit/current-table.ts';
import { filesOfDrops, stagingTest } from './maintenance-facts.ts';

type RemoveDeps = Pick<AttemptDeps, 'db' | 'tables'>;

/**
 * Removes the files of a dropped table whose time is over, and returns their number:
 * - those that its versions name, without those outside of the table's folder: it may share them with
 *   another table;
 * - those in its folder that are older than the drop: what crashes left there.
 *
 * It leaves every file that a new table of the name refers to, or another drop that can be restored,
 * or an unfinished run. Throws TableFormatError when one of these tables cannot be read, because then
 * its files are unknown. May be repeated after a crash: the metadata goes last.
 */
export async function removeDroppedTable(deps: RemoveDeps, dropped: DroppedTable): Promise<number> {
  const { table } = dropped;
  const state = await findReadable(deps, dropped.location);
  // With this property the table's owner keeps every file.
  if (state?.metadata.properties['gc.enabled'] === 'false') return 0;
  const folder = deps.tables.uri(table.namespace, table.layer, table.name);
  const isStaging = await stagingTest(deps, table);
  // The listing is first: a file that is written later is not in it, and so is safe.
  const listed = await deps.tables.list(folder);
  const kept = await filesOfDrops(deps, table);
  const current = await findCurrentTable(deps, table);
  if (current !== undefined) {
    for (const uri of await namedFiles(deps.tables, current)) kept.add(uri);
  }
  const old = listed.filter(
    ({ uri, modifiedAt }) => modifiedAt < dropped.droppedAt.getTime() && !isStaging(uri),
  );
  const folders = [folder, ...(state === undefined ? [] : [state.metadata.location])];
  const own = folders.map((uri) => `${deps.tables.canonicalUri(uri)}/`);
  const named = [...(await namedOf(deps, state))].filter((uri) =>
    own.some((prefix) => uri.startsWith(prefix)),
  );
  const doomed = new Set([...named, ...old.map(({ uri }) => uri)]);
  const inOrder = [...doomed].filter((uri) => !kept.has(uri)).toSorted((a, b) => rank(a) - rank(b));
  for (const uri of inOrder) await deps.tables.remove(uri);
  return inOrder.length;
}

/** After a crash, the files that list the others remain. */
function rank(uri: string): number {
  if (uri.endsWith('.metadata.json')) return 2;
  return uri.endsWith('.avro') ? 1 : 0;
}

/** Undefined for a table that cannot be read, or whose removal had almost ended. */
async function findReadable(deps: RemoveDeps, location: string): Promise<TableState | undefined> {
  return readOr(undefined, () => readTableState(deps.tables, location));
}

function namedOf(deps: RemoveDeps, state: TableState | undefined): Promise<Set<string>> {
  return readOr(new Set<string>(), async () =>
    state === undefined ? new Set<string>() : namedFiles(deps.tables, state),
  );
}

async function readOr<T>(otherwise: T, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof TableFormatError) return otherwise;
    throw error;
  }
}
