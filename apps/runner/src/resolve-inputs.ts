import type { InputsAnswer } from '@rat/contracts';
import { formatRef, UnprocessableError, type Failure, type PipelineRef } from '@rat/domain';
import {
  findSnapshot,
  isSameFile,
  pathFromUri,
  readMain,
  readSnapshot,
  readTableState,
  scanSql,
  type LandingFile,
  type TableState,
} from '@rat/lakehouse';
import { findDueFiles, findTables, isDatabaseDown } from '@rat/store';
import type { AttemptDeps } from './attempt-deps.ts';
import { withTableName } from './with-table-name.ts';

/** What a run's template asked for. */
export interface WantedInputs {
  namespace: string;
  tables: readonly PipelineRef[];
  landingZones: readonly string[];
  /** The names of those that only quality tests read: that one of them is not there is part of the answer. */
  mayLack?: readonly string[] | undefined;
  /** Which snapshot of each table to read, in decimal, in place of main's; undefined: main's. */
  pinned?: Readonly<Record<string, string>> | undefined;
}

/**
 * What the run reads, which snapshot of each table that is, in decimal, by `namespace.layer.name`, and which files of
 * each landing zone.
 */
export type PinnedInputs =
  | {
      answer: InputsAnswer;
      snapshots: Record<string, string>;
      landing: Record<string, LandingFile[]>;
    }
  | { answer: { type: 'refuse'; failure: Failure } };

/**
 * Finds and pins the files behind every input, all tables as of one moment: whatever is published or uploaded later,
 * this run reads these. A run that reproduces another one reads what that one did. An input that is not there is the author's failure, by name.
 */
export async function resolveInputs(
  deps: Pick<AttemptDeps, 'db' | 'tables' | 'warehouse'>,
  wanted: WantedInputs,
): Promise<PinnedInputs> {
  const found = await findTables(deps.db, wanted.tables);
  const tables: InputsAnswer['tables'] = {};
  const snapshots: Record<string, string> = {};
  const missing: NonNullable<InputsAnswer['missing']> = {};
  const { mayLack = [] } = wanted;
  for (const ref of wanted.tables) {
    const name = formatRef(ref);
    const location = found.get(name);
    const read = (): Promise<Version & { sql?: string }> =>
      withTableName(ref, async () => {
        const state =
          location === undefined ? undefined : await readTableState(deps.tables, location);
        const main = await (wanted.pinned === undefined
          ? readPublished(deps, name, state)
          : readPinned(deps, name, state, wanted.pinned[name]));
        if ('refused' in main) return main;
        const data = main.files.filter((file) => file.content === 'data');
        const deletes = main.files.filter((file) => file.content !== 'data');
        return { ...main, sql: scanSql({ schema: main.schema, files: data, deletes }) };
      });
    const main = mayLack.includes(name) ? await orWhyNot(name, read) : await read();
    if ('code' in main) missing[name] = main;
    else if (!('refused' in main)) {
      const { sql = '', files, snapshotId } = main;
      tables[name] = { sql, files: files.map((file) => pathFromUri(file.path)) };
      snapshots[name] = String(snapshotId);
    } else if (mayLack.includes(name)) missing[name] = notFound(main.refused);
    else return refuse(main.refused);
  }
  const { namespace } = wanted;
  const landing = await listLanding(deps, wanted);
  const landingZones: InputsAnswer['landingZones'] = {};
  for (const [zone, files] of Object.entries(landing)) {
    if (files.length === 0) {
      const message = `landing zone ${namespace}/${zone} has no files`;
      if (!mayLack.includes(zone)) return refuse(message);
      missing[zone] = notFound(message);
      delete landing[zone];
      continue;
    }
    landingZones[zone] = files.map(({ path }) =>
      deps.warehouse.landing.filePath(namespace, zone, path),
    );
  }
  return { answer: { type: 'inputs', tables, landingZones, missing }, snapshots, landing };
}

/** A version of a table, or why there is none. */
type Version = NonNullable<Awaited<ReturnType<typeof readMain>>> | { refused: string };

async function readPublished(
  deps: Pick<AttemptDeps, 'tables'>,
  name: string,
  state: TableState | undefined,
): Promise<Version> {
  const main = state && (await readMain(deps.tables, state));
  return main ?? { refused: `table ${name} does not exist: no run has published it yet` };
}

/** What another run read. Old versions are taken away in time, and a table may have been replaced by another. */
async function readPinned(
  deps: Pick<AttemptDeps, 'tables'>,
  name: string,
  state: TableState | undefined,
  snapshot: string | undefined,
): Promise<Version> {
  if (snapshot === undefined) {
    return { refused: `the run to be reproduced has no record of reading table ${name}` };
  }
  const snapshotId = BigInt(snapshot);
  if (state === undefined || findSnapshot(state.metadata, snapshotId) === undefined) {
    return { refused: `snapshot ${snapshot} of table ${name} is no longer kept` };
  }
  return { ...(await readSnapshot(deps.tables, state.metadata, snapshotId)), snapshotId };
}

/**
 * The files of each zone that no published run has taken. Those whose move away is due are asked for before the folder is
 * read: a move that ends in between has then been seen at one of its two ends.
 */
async function listLanding(
  deps: Pick<AttemptDeps, 'db' | 'warehouse'>,
  { namespace, landingZones }: WantedInputs,
): Promise<Record<string, LandingFile[]>> {
  const landing: Record<string, LandingFile[]> = {};
  if (landingZones.length === 0) return landing;
  const due = await findDueFiles(deps.db, namespace, landingZones);
  for (const zone of landingZones) {
    const taken = new Map(due.get(zone)?.map((file) => [file.path, file]));
    const files = await deps.warehouse.landing.listFiles(namespace, zone);
    landing[zone] = files.filter((file) => !isSameFile(taken.get(file.path), file));
  }
  return landing;
}

/** An unreadable input of tests alone becomes their failure; an unreachable database concerns the run. */
async function orWhyNot<T>(name: string, read: () => Promise<T>): Promise<T | Failure> {
  try {
    return await read();
  } catch (error) {
    if (isDatabaseDown(error)) throw error;
    if (error instanceof UnprocessableError)
      return { code: 'config_error', message: error.message };
    return { code: 'storage_unavailable', message: `table ${name} cannot be read` };
  }
}

function notFound(message: string): Failure {
  return { code: 'source_not_found', message };
}

function refuse(message: string): PinnedInputs {
  return { answer: { type: 'refuse', failure: { ...notFound(message), phase: 'detect' } } };
}
