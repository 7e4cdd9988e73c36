import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { InputsAnswer, SkipAnswer } from '@rat/contracts';
import {
  decideEmptyZone,
  formatRef,
  UnprocessableError,
  type Column,
  type Failure,
  type FailureCode,
  type NamespaceSet,
  type PipelineRef,
} from '@rat/domain';
import { tableScanSql } from '@rat/engine-duckdb/table-sql';
import {
  findSnapshot,
  readMainBranch,
  readSnapshot,
  readTableState,
  type TableState,
} from '@rat/iceberg';
import { isSameFile, pathFromUri, pinLandingFiles, type LandingFile } from '@rat/storage';
import { findDueFiles, findLandingZones, findTables, isDatabaseDown } from '@rat/store';
import type { AttemptDeps } from '../attempt-contract/attempt-deps.ts';
import { EMPTY_FILE } from '../executor-protocol/attempt-folders.ts';
import { withTableName } from '../table-commit/with-table-name.ts';

/** The inputs that a run's template names. */
export interface WantedInputs {
  namespace: string;
  /** The namespaces whose tables exist for the run. */
  mayRead: NamespaceSet;
  tables: readonly PipelineRef[];
  landingZones: readonly string[];
  /**
   * Names of inputs that only quality tests read. When one is missing, the answer lists it and the
   * run continues.
   */
  mayLack?: readonly string[] | undefined;
  /** The snapshot of each table to read, in decimal; undefined: read main. */
  pinned?: Readonly<Record<string, string>> | undefined;
  /** The attempt's own folder for the files of its landing zones; absolute. */
  folder: string;
  signal: AbortSignal;
}

/** After this many tries, a zone whose files keep changing becomes a retried failure. */
const PIN_TRIES = 5;

/**
 * The inputs of a run: the snapshot of each table, in decimal, by `namespace.layer.name`, and the
 * files of each landing zone.
 */
export type PinnedInputs =
  | {
      answer: InputsAnswer | SkipAnswer;
      snapshots: Record<string, string>;
      landing: Record<string, LandingFile[]>;
    }
  | { answer: { type: 'refuse'; failure: Failure } };

/**
 * Finds and pins the files of every input, all tables as of one moment: later publishes and uploads
 * do not change what this run reads. A run that reproduces another one reads the snapshots of that
 * one. A missing input is the author's failure and is named. The settings of a zone decide what
 * the run does when the zone has no files; see `decideEmptyZone`.
 */
export async function resolveInputs(
  deps: Pick<AttemptDeps, 'db' | 'tables' | 'warehouse' | 'executorGid'>,
  wanted: WantedInputs,
): Promise<PinnedInputs> {
  const found = await findTables(deps.db, wanted.tables, wanted.mayRead);
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
        return { ...main, sql: tableScanSql({ schema: main.schema, files: data, deletes }) };
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
  const pinned = await pinLanding(deps, wanted);
  if (!('landing' in pinned)) return { answer: { type: 'refuse', failure: pinned } };
  const { landing, landingZones, emptyZones, skips } = pinned;
  Object.assign(missing, pinned.missing);
  // A skipped run has read its empty zone too, and that cannot be reproduced.
  if (skips !== undefined) return { answer: { type: 'skip', zone: skips }, snapshots, landing };
  const empty = Object.keys(emptyZones).length === 0 ? {} : { emptyZones };
  return {
    answer: { type: 'inputs', tables, landingZones, ...empty, missing },
    snapshots,
    landing,
  };
}

interface PinnedLanding {
  /** Also the zones without files, with none. */
  landing: Record<string, LandingFile[]>;
  /** The columns of the zones that have no files, and of which the run reads no rows. */
  emptyZones: Record<string, Column[]>;
  /** A zone without files that ends the run. */
  skips: string | undefined;
  /** The zones that only quality tests read, with the reason why each cannot be read. */
  missing: Record<string, Failure>;
  landingZones: InputsAnswer['landingZones'];
}

/** Lists the zones again until every listed file is pinned unchanged. */
async function pinLanding(
  deps: Pick<AttemptDeps, 'db' | 'warehouse' | 'executorGid'>,
  wanted: WantedInputs,
): Promise<PinnedLanding | Failure> {
  try {
    let restless = '';
    for (let tries = 1; tries <= PIN_TRIES; tries += 1) {
      const pinned = await tryPin(deps, wanted);
      if (!('changed' in pinned)) return pinned;
      restless = pinned.changed;
    }
    const message = `${restless} changed whenever the run began to read it`;
    return { code: 'commit_conflict', message, phase: 'detect' };
  } catch (error) {
    wanted.signal.throwIfAborted();
    const code = storageFailure(error);
    if (code === undefined) throw error;
    const message = 'the storage refused to hand over the files of a landing zone';
    return { code, message, phase: 'detect' };
  }
}

async function tryPin(
  deps: Pick<AttemptDeps, 'db' | 'warehouse' | 'executorGid'>,
  wanted: WantedInputs,
): Promise<PinnedLanding | Failure | { changed: string }> {
  const { namespace, folder, signal } = wanted;
  const listed = await listLanding(deps, wanted);
  if ('failure' in listed) return listed.failure;
  const { landing, missing, emptyZones, skips } = listed;
  await rm(folder, { recursive: true, force: true });
  const landingZones: InputsAnswer['landingZones'] = {};
  for (const [zone, files] of Object.entries(landing)) {
    const { executorGid } = deps;
    const options = { namespace, zone, files, folder, executorGid, signal };
    const pinned = await pinLandingFiles(deps.warehouse.landing, options);
    if ('changed' in pinned) {
      return { changed: `${pinned.changed} in landing zone ${namespace}/${zone}` };
    }
    landingZones[zone] = pinned.paths;
    if (!Object.hasOwn(emptyZones, zone)) continue;
    // A reader that names its columns itself reads this file, and finds no rows.
    await writeFile(join(folder, zone, EMPTY_FILE), '', { mode: 0o444 });
  }
  return { landing, missing, landingZones, emptyZones, skips };
}

/** The failure code of a file system error; undefined for a defect of ours. */
function storageFailure(error: unknown): FailureCode | undefined {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : '';
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return 'disk_full';
    case 'EACCES':
    case 'EPERM':
    case 'EIO':
    case 'ESTALE':
    case 'EMFILE':
    case 'ENFILE':
    case 'EROFS':
      return 'storage_unavailable';
    default:
      return undefined;
  }
}

/** A version of a table, or why there is none. */
type Version = NonNullable<Awaited<ReturnType<typeof readMainBranch>>> | { refused: string };

async function readPublished(
  deps: Pick<AttemptDeps, 'tables'>,
  name: string,
  state: TableState | undefined,
): Promise<Version> {
  const main = state && (await readMainBranch(deps.tables, state));
  return main ?? { refused: `table ${name} does not exist: no run has published it yet` };
}

/**
 * The snapshot that the reproduced run read. Maintenance expires old snapshots, and another table
 * may have replaced this one.
 */
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
 * The files of each zone that no published run has consumed. The query for files that are due for
 * archiving runs before the folder is listed: a file whose move ends in between is then seen in one
 * of its two places.
 */
async function listLanding(
  deps: Pick<AttemptDeps, 'db' | 'warehouse'>,
  { namespace, landingZones, mayLack = [] }: WantedInputs,
): Promise<Omit<PinnedLanding, 'landingZones'> | { failure: Failure }> {
  const landing: Record<string, LandingFile[]> = {};
  const missing: Record<string, Failure> = {};
  const emptyZones: Record<string, Column[]> = {};
  const answer: Omit<PinnedLanding, 'landingZones'> = {
    landing,
    missing,
    emptyZones,
    skips: undefined,
  };
  if (landingZones.length === 0) return answer;
  const due = await findDueFiles(deps.db, namespace, landingZones);
  const withoutFiles: string[] = [];
  for (const zone of landingZones) {
    const found = await listZone(deps, { namespace, zone, due: due.get(zone) ?? [] });
    if (Array.isArray(found)) {
      landing[zone] = found;
      if (found.length === 0) withoutFiles.push(zone);
    } else if (mayLack.includes(zone)) missing[zone] = found;
    else return { failure: found };
  }
  if (withoutFiles.length === 0) return answer;
  const settings = await findLandingZones(deps.db, namespace, withoutFiles);
  for (const zone of withoutFiles) {
    const decided = decideEmptyZone(settings.get(zone));
    if (decided.kind === 'empty') {
      emptyZones[zone] = [...decided.columns];
      continue;
    }
    const isOfTests = mayLack.includes(zone);
    // Only tests read it: they cannot run, and the run continues.
    if (isOfTests) {
      missing[zone] = notFound(`landing zone ${namespace}/${zone} has no files`);
      delete landing[zone];
    } else if (decided.kind === 'fail') return { failure: noFiles(namespace, zone) };
    else answer.skips ??= zone;
  }
  return answer;
}

function noFiles(namespace: string, zone: string): Failure {
  const advice =
    'describe the zone with expected_columns to read no rows of them, or set its on_empty to skip to end such a run';
  return notFound(`landing zone ${namespace}/${zone} has no files; ${advice}`);
}

/** The unread files of one zone, maybe none, or why the zone cannot be read. */
async function listZone(
  deps: Pick<AttemptDeps, 'warehouse'>,
  { namespace, zone, due }: { namespace: string; zone: string; due: readonly LandingFile[] },
): Promise<LandingFile[] | Failure> {
  const name = `landing zone ${namespace}/${zone}`;
  const linked = await deps.warehouse.landing.findLink(namespace, zone);
  if (linked !== undefined) {
    return notFound(`${name}: the folder ${linked} is a symbolic link, which is never followed`);
  }
  const { files, unreadable } = await deps.warehouse.landing.listContent(namespace, zone);
  if (unreadable.length > 0) {
    const shown = unreadable.slice(0, NAMES_SHOWN).join(', ');
    return notFound(`${name}: the name of ${shown} is not UTF-8; rename it`);
  }
  const taken = new Map(due.map((file) => [file.path, file]));
  return files.filter((file) => !isSameFile(taken.get(file.path), file));
}

/**
 * Turns an unreadable input of quality tests into their failure. An unreachable database fails the
 * run.
 */
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

const NAMES_SHOWN = 5;

function refuse(message: string): PinnedInputs {
  return { answer: { type: 'refuse', failure: notFound(message) } };
}

function notFound(message: string): Failure {
  return { code: 'source_not_found', message, phase: 'detect' };
}
