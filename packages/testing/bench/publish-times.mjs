import { readFile } from 'node:fs/promises';

const TIMER = new URL('../bin/time-publish.mjs', import.meta.url);

/** The environment of a runner that writes into `file` when each of its publishes was committed. */
export function timingPublishes(file) {
  return { NODE_OPTIONS: `--import=${TIMER.href}`, RAT_MEASURE_FILE: file };
}

/**
 * What publishing `run`, as the API tells of it, took such a runner: `wholeMs` from the start of the phase to the answer of
 * its COMMIT, `transactionMs` from BEGIN to there. The phase's own `duration_ms` ends where the transaction begins, which
 * stores it.
 */
export async function readPublishTimes(file, run) {
  const lines = (await readFile(file, 'utf8')).trim().split('\n');
  const commits = lines.map((line) => JSON.parse(line)).filter(({ runId }) => runId === run.id);
  const phase = run.phases.find(({ name }) => name === 'publish');
  if (commits.length !== 1 || phase === undefined) {
    throw new Error(`run ${run.id} was published ${commits.length} times in ${file}`);
  }
  const [{ transactionMs, committedAt }] = commits;
  return { wholeMs: committedAt - Date.parse(phase.started_at), transactionMs };
}
