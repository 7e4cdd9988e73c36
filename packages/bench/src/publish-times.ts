import { readFile } from 'node:fs/promises';
import type { RunDetail } from '@rat/contracts';

const TIMER = new URL('programs/time-publish.js', import.meta.url);

/** One line of the file that a runner with `timingPublishes` writes. */
interface TimedCommit {
  runId: string;
  transactionMs: number;
  committedAt: number;
}

/** The environment of a runner that records the commit of each publish in `file`. */
export function timingPublishes(file: string): Record<string, string> {
  return { NODE_OPTIONS: `--import=${TIMER.href}`, RAT_MEASURE_FILE: file };
}

/**
 * How long such a runner took to publish `run` (as the API presents it): `wholeMs` from the start
 * of the phase to the reply to its COMMIT, `transactionMs` from BEGIN to that reply. The phase's
 * own `duration_ms` is shorter: the transaction itself stores it, so it ends where the transaction
 * begins.
 */
export async function readPublishTimes(
  file: string,
  run: Pick<RunDetail, 'id' | 'phases'>,
): Promise<{ wholeMs: number; transactionMs: number }> {
  const lines = (await readFile(file, 'utf8')).trim().split('\n');
  const commits = lines
    .map((line) => JSON.parse(line) as TimedCommit)
    .filter(({ runId }) => runId === run.id);
  const phase = run.phases.find(({ name }) => name === 'publish');
  const [commit] = commits;
  if (commits.length !== 1 || commit === undefined || phase === undefined) {
    throw new Error(`run ${run.id} was published ${commits.length} times in ${file}`);
  }
  const { transactionMs, committedAt } = commit;
  return { wholeMs: committedAt - Date.parse(phase.started_at), transactionMs };
}
