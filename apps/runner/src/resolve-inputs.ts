import type { InputsAnswer } from '@rat/contracts';
import { formatRef, type Failure, type PipelineRef } from '@rat/domain';
import { pathFromUri, readMain, readTableState, scanSql } from '@rat/lakehouse';
import { findTables } from '@rat/store';
import type { AttemptDeps } from './attempt-deps.ts';

/** What a run's template asked for. */
export interface WantedInputs {
  namespace: string;
  tables: readonly PipelineRef[];
  landingZones: readonly string[];
}

/** What the run reads, and which snapshot of each table that is, in decimal, by `namespace.layer.name`. */
export type PinnedInputs =
  | { answer: InputsAnswer; snapshots: Record<string, string> }
  | { answer: { type: 'refuse'; failure: Failure } };

/**
 * Finds and pins the files behind every input, all tables as of one moment: whatever is published or uploaded later,
 * this run reads these. An input that is not there is the author's failure, by name.
 */
export async function resolveInputs(
  deps: Pick<AttemptDeps, 'db' | 'tables' | 'warehouse'>,
  wanted: WantedInputs,
): Promise<PinnedInputs> {
  const found = await findTables(deps.db, wanted.tables);
  const tables: InputsAnswer['tables'] = {};
  const snapshots: Record<string, string> = {};
  for (const ref of wanted.tables) {
    const name = formatRef(ref);
    const location = found.get(name);
    const main =
      location === undefined
        ? undefined
        : await readMain(deps.tables, await readTableState(deps.tables, location));
    if (main === undefined) {
      return refuse(`table ${name} does not exist: no run has published it yet`);
    }
    const data = main.files.filter((file) => file.content === 'data');
    const deletes = main.files.filter((file) => file.content !== 'data');
    const sql = scanSql({ schema: main.schema, files: data, deletes });
    tables[name] = { sql, files: main.files.map((file) => pathFromUri(file.path)) };
    snapshots[name] = String(main.snapshotId);
  }
  const landingZones: Record<string, string[]> = {};
  for (const zone of wanted.landingZones) {
    const files = await deps.warehouse.listLandingZone(wanted.namespace, zone);
    if (files.length === 0) return refuse(`landing zone ${wanted.namespace}/${zone} has no files`);
    landingZones[zone] = files;
  }
  return { answer: { type: 'inputs', tables, landingZones }, snapshots };
}

function refuse(message: string): PinnedInputs {
  return {
    answer: { type: 'refuse', failure: { code: 'source_not_found', message, phase: 'detect' } },
  };
}
