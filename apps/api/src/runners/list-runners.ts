import { runnerList } from '@rat/contracts';
import { listRunners } from '@rat/store';
import type { RunnersDeps } from './runners-deps.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';

/** GET /api/v1/runners: the live runners and the runs that each executes. */
export function listRunnersRoute(deps: RunnersDeps): HandledOperation<'listRunners'> {
  return handleOperation('listRunners', async (_req, res) => {
    const runners = (await listRunners(deps.db)).map((runner) => ({
      id: runner.id,
      host: runner.host,
      pid: runner.pid,
      version: runner.version,
      pools: [...runner.pools],
      slots: runner.slots,
      slots_used: runner.runs.length,
      draining: runner.draining,
      started_at: runner.startedAt.toISOString(),
      last_heartbeat_at: runner.heartbeatAt.toISOString(),
      runs: runner.runs,
    }));
    // The column is JSON from the database.
    res.json(runnerList.parse({ runners }));
  });
}
