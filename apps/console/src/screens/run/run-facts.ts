import type { AnswerOf } from '@rat/contracts';
import { rat } from '../../client.ts';

/** A run in full. */
export type RunFacts = AnswerOf<'getRun'>;

/** The key of everything that is known of one run, so that one change of it refreshes all. */
export const runKey = (id: string, ...rest: readonly unknown[]): unknown[] => ['run', id, ...rest];

const WHOLE_ID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;

/** The run of an id, or the only run whose id begins so. */
export async function readRun(id: string, signal: AbortSignal): Promise<RunFacts> {
  if (WHOLE_ID.test(id)) return rat.runs.get(id, { signal });
  const { runs } = await rat.runs.list({ q: id, limit: 2 }, { signal }).first();
  const [only, another] = runs;
  if (only === undefined) throw new Error(`no run has an id that begins with ${id}`);
  if (another !== undefined) throw new Error(`several runs have an id that begins with ${id}`);
  return rat.runs.get(only.id, { signal });
}
