import { presentRetentionStatus } from '@rat/contracts';
import { findRetentionStatus } from '@rat/store';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import type { RetentionDeps } from './retention-deps.ts';

/** GET /api/v1/admin/retention/status: the last round of any runner. */
export function getRetentionStatusRoute({
  db,
}: RetentionDeps): HandledOperation<'getRetentionStatus'> {
  return handleOperation('getRetentionStatus', async (_, res) => {
    res.json(presentRetentionStatus(await findRetentionStatus(db), new Date()));
  });
}
