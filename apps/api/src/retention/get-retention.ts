import type { RetentionAnswer } from '@rat/contracts';
import { getSystemRetention, retentionTag } from '@rat/store';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { setTag } from '../http/precondition.ts';
import type { RetentionDeps } from './retention-deps.ts';

/** GET /api/v1/admin/retention/config. */
export function getRetentionRoute({ db }: RetentionDeps): HandledOperation<'getRetention'> {
  return handleOperation('getRetention', async (_, res) => {
    const { choice, system } = await getSystemRetention(db);
    const answer: RetentionAnswer = { config: system };
    setTag(res, retentionTag(choice));
    res.json(answer);
  });
}
