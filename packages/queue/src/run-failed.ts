import type { TicketResult } from '@rat/contracts';
import { UnrecoverableError } from 'bullmq';

/** What the reason of a ticket begins with whose run failed. Other reasons are errors of the machinery. */
const MARK = 'run failed: ';

/** A longer text is in the run. */
const ERROR_MAX_LENGTH = 1_000;

/** The error that ends the ticket of a failed run. The run's row was settled before. */
export class RunFailed extends UnrecoverableError {
  constructor({ run_id, pipeline, failure }: TicketResult) {
    const error = failure === null ? 'see the run' : `${failure.code}: ${failure.message}`;
    super(`${MARK}${pipeline} ${run_id}: ${error.slice(0, ERROR_MAX_LENGTH)}`);
    // The queue would keep it. A place in this code does not help with the author's SQL.
    delete this.stack;
  }
}

/**
 * The run that a failed ticket started, and its error; undefined when the reason is an error of the
 * machinery, which may name hosts and paths.
 *
 * @example
 * readRunFailure(job.failedReason)?.error; // 'sql_error: no such column'
 */
export function readRunFailure(
  reason: unknown,
): { pipeline: string; runId: string; error: string } | undefined {
  if (typeof reason !== 'string' || !reason.startsWith(MARK)) return undefined;
  const [, pipeline, runId, error] = /^(\S+) (\S+): (.*)$/s.exec(reason.slice(MARK.length)) ?? [];
  if (pipeline === undefined || runId === undefined || error === undefined) return undefined;
  return { pipeline, runId, error };
}
