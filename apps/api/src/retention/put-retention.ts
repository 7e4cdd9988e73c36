import type { RetentionAnswer } from '@rat/contracts';
import { applyRetention, SYSTEM_RETENTION_KEYS } from '@rat/domain';
import { getSystemRetention, putSystemRetention } from '@rat/store';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { parseRetention } from './parse-retention.ts';
import type { RetentionDeps } from './retention-deps.ts';

/** PUT /api/v1/admin/retention/config: replaces what people chose before. */
export function putRetentionRoute({ db }: RetentionDeps): HandledOperation<'putRetention'> {
  return handleOperation('putRetention', async (_, res, { body }) => {
    const { environment } = await getSystemRetention(db);
    const choice = parseRetention(body, environment, SYSTEM_RETENTION_KEYS);
    await putSystemRetention(db, choice);
    const answer: RetentionAnswer = { config: applyRetention(environment, choice) };
    res.json(answer);
  });
}
