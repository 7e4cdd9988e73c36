import { requestCancel, type CancelAnswer, type CancelRequest } from '@rat/store';
import type { RunDeps } from './run-deps.ts';

/**
 * Requests the cancel of one run. Once that is committed, publishes hints for its runner and its
 * watchers.
 */
export async function announceCancel(
  { db, hints }: RunDeps,
  runId: string,
  request: CancelRequest,
): Promise<CancelAnswer> {
  const answer = await requestCancel(db, runId, request);
  if (answer.kind === 'cancelled') {
    await hints.publish({ kind: 'moved', runId, seq: answer.seq, status: 'cancelled' });
  } else if (answer.kind === 'requested') {
    await Promise.all([
      hints.publish({ kind: 'cancel_requested', runId }),
      hints.publish({ kind: 'moved', runId, seq: answer.seq }),
    ]);
  }
  return answer;
}
