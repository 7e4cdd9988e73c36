import type { InputsAnswer } from '@rat/contracts';
import { formatRef, type Failure, type PipelineRef } from '@rat/domain';
import type { LocalWarehouse } from '@rat/lakehouse';
import { findTables, type Database } from '@rat/store';

/** What a run's template asked for. */
export interface WantedInputs {
  namespace: string;
  tables: readonly PipelineRef[];
  landingZones: readonly string[];
}

/**
 * Finds and pins the files behind every input, all tables as of one moment: whatever is published or uploaded later,
 * this run reads these. An input that is not there is the author's failure, by name.
 */
export async function resolveInputs(
  deps: { db: Database; warehouse: LocalWarehouse },
  wanted: WantedInputs,
): Promise<InputsAnswer | { type: 'refuse'; failure: Failure }> {
  const found = await findTables(deps.db, wanted.tables);
  const tables: Record<string, string[]> = {};
  for (const ref of wanted.tables) {
    const name = formatRef(ref);
    const snapshot = found.get(name);
    if (snapshot === undefined)
      return refuse(`table ${name} does not exist: no run has published it yet`);
    tables[name] = snapshot.files.map((file) => deps.warehouse.absolutePath(file.path));
  }
  const landingZones: Record<string, string[]> = {};
  for (const zone of wanted.landingZones) {
    const files = await deps.warehouse.listLandingZone(wanted.namespace, zone);
    if (files.length === 0) return refuse(`landing zone ${wanted.namespace}/${zone} has no files`);
    landingZones[zone] = files;
  }
  return { type: 'inputs', tables, landingZones };
}

function refuse(message: string): { type: 'refuse'; failure: Failure } {
  return { type: 'refuse', failure: { code: 'source_not_found', message, phase: 'detect' } };
}
