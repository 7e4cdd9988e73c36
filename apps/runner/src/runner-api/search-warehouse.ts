import { SCHEMA_TABLES_MAX, type RunnerRequest, type RunnerResponse } from '@rat/contracts';
import { listZoneNames } from '@rat/store';
import type { RunnerApiDeps } from './runner-api-deps.ts';
import type { TableColumnsReader } from './table-columns.ts';

type SearchDeps = Pick<RunnerApiDeps, 'db' | 'warehouse'> & { columns: TableColumnsReader };
type Asked = RunnerRequest<'search-warehouse'>;
type Found = RunnerResponse<'search-warehouse'>;

/** Files whose names one search reads. */
const FILES_READ_MAX = 50_000;

/**
 * Finds columns and waiting files whose names contain a text, in any case of letters: at most
 * `limit` of each. `complete` is false when there was more to look at than one search may.
 */
export async function searchWarehouse(
  deps: SearchDeps,
  asked: Asked,
  signal: AbortSignal,
): Promise<Found> {
  const [columns, files] = await Promise.all([
    findColumns(deps, asked, signal),
    findFiles(deps, asked, signal),
  ]);
  return {
    columns: columns.found,
    files: files.found,
    complete: columns.complete && files.complete,
  };
}

async function findColumns(
  { columns }: SearchDeps,
  { q, namespace, limit }: Asked,
  signal: AbortSignal,
): Promise<{ found: Found['columns']; complete: boolean }> {
  const read = await columns.read({ namespace, limit: SCHEMA_TABLES_MAX }, signal);
  const text = q.toLowerCase();
  const found = read.tables.flatMap(({ table, columns: fields }) =>
    fields
      .filter(({ name }) => name.toLowerCase().includes(text))
      .map(({ name: column }) => ({ ...table, column })),
  );
  return {
    found: closest(found, text, ({ column }) => column).slice(0, limit),
    complete: !read.truncated,
  };
}

async function findFiles(
  { db, warehouse: { landing } }: SearchDeps,
  { q, namespace, limit }: Asked,
  signal: AbortSignal,
): Promise<{ found: Found['files']; complete: boolean }> {
  const text = q.toLowerCase();
  const found: Found['files'] = [];
  let looked = 0;
  for (const home of (await listZoneNames(db, namespace)).keys()) {
    for (const zone of await landing.listZoneNames(home)) {
      signal.throwIfAborted();
      if (looked >= FILES_READ_MAX) return { found, complete: false };
      const files = await landing.listFiles(home, zone);
      looked += files.length;
      const matching = files.filter(({ path }) => path.toLowerCase().includes(text));
      const shown = closest(matching, text, ({ path }) => path).slice(0, limit);
      found.push(...shown.map(({ path: name }) => ({ namespace: home, zone, name })));
    }
  }
  return { found: closest(found, text, ({ name }) => name).slice(0, limit), complete: true };
}

/** Names that equal the text first, then names that begin with it. */
function closest<T>(things: readonly T[], text: string, nameOf: (thing: T) => string): T[] {
  const rank = (thing: T): number => {
    const name = nameOf(thing).toLowerCase();
    if (name === text) return 0;
    return name.startsWith(text) ? 1 : 2;
  };
  return things.toSorted((a, b) => rank(a) - rank(b));
}
