import type { RetentionAnswer } from '@rat/contracts';
import { getSystemRetention } from '@rat/store';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import type { RetentionDeps } from './retention-deps.ts';

/** GET /api/v1/admin/retention/config. */
export function getRetentionRoute({ db }: RetentionDeps): HandledOperation<'getRetention'> {
  return handleOperation('getRetention', async (_, res) => {
    const answer: RetentionAnswer = { config: (await getSystemRetention(db)).system };
    res.json(answer);
  });
}
