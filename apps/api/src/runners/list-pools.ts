import type { PoolList } from '@rat/contracts';
import { readPools } from '@rat/store';
import type { RunnersDeps } from './runners-deps.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';

/** GET /api/v1/pools: what each pool can do, and what waits for it. */
export function listPoolsRoute(deps: RunnersDeps): HandledOperation<'listPools'> {
  return handleOperation('listPools', async (_req, res) => {
    const pools = (await readPools(deps.db)).map((pool) => ({
      name: pool.name,
      runners: pool.runners,
      draining: pool.draining,
      slots: pool.slots,
      slots_used: pool.slotsUsed,
      waiting: pool.waiting,
      oldest_waiting_since: pool.oldestWaitingSince?.toISOString() ?? null,
      unserved: pool.isUnserved,
    }));
    const answer: PoolList = { pools };
    res.json(answer);
  });
}
