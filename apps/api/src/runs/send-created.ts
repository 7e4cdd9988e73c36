import type { CreateRunAnswer } from '@rat/contracts';
import type { Response } from 'express';

/**
 * Answers 202 with a run that this request or, under the same `Idempotency-Key`, an earlier one has
 * created.
 */
export function sendCreated(
  res: Response,
  run: { id: string; kind: 'created' | 'replayed' },
): void {
  if (run.kind === 'replayed') res.set('Idempotent-Replayed', 'true');
  const answer: CreateRunAnswer = { run_id: run.id, status: 'pending' };
  res.status(202).location(`/api/v1/runs/${run.id}`).json(answer);
}
