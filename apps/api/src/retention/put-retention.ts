import type { RetentionAnswer } from '@rat/contracts';
import { applyRetention, SYSTEM_RETENTION_KEYS } from '@rat/domain';
import { getSystemRetention, putSystemRetention, retentionTag } from '@rat/store';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { parsePrecondition, setTag } from '../http/precondition.ts';
import { parseRetention } from './parse-retention.ts';
import type { RetentionDeps } from './retention-deps.ts';

/** PUT /api/v1/admin/retention/config: replaces what people chose before. */
export function putRetentionRoute({ db }: RetentionDeps): HandledOperation<'putRetention'> {
  return handleOperation('putRetention', async (req, res, { body }) => {
    const { environment } = await getSystemRetention(db);
    const choice = parseRetention(body, environment, SYSTEM_RETENTION_KEYS);
    await putSystemRetention(db, choice, parsePrecondition(req));
    setTag(res, retentionTag(choice));
    const answer: RetentionAnswer = { config: applyRetention(environment, choice) };
    res.json(answer);
  });
}
