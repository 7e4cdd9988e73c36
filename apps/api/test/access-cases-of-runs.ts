import type { OperationId } from '@rat/contracts';
import { on, plain, listed, type AccessCase } from './access-case.ts';
import { bodyOf, type AccessWorld } from './access-world.ts';

const waiting = async (world: AccessWorld) => ({ path: { id: await world.waitingRun() } });
/** One run of a kind serves all requests that leave it as it is. */
const ended = async (world: AccessWorld) => ({ path: { id: (await world.success()).id } });
const decided = async (world: AccessWorld) => {
  const { id } = await world.endedRun('quarantine');
  return { path: { id }, body: { reason: 'looked at' } };
};

async function group(world: AccessWorld): Promise<Record<string, string>> {
  const made = await world.do('post', '/run-groups', { body: bodyOf(await world.pipeline()) });
  return { id: String(made['group_id']) };
}

const CASES = {
  listRuns: listed(),
  getRunStats: listed(),
  createRun: on(202, async (world) => ({ body: bodyOf(await world.pipeline()) })),
  getRun: on(200, ended),
  getRunCauses: on(200, ended),
  getRunWhy: on(200, ended),
  getRunSql: on(200, ended),
  cancelRun: on(200, waiting),
  cancelRuns: on(200, async (world) => {
    const pipeline = await world.pipeline();
    await world.waitingRun(pipeline);
    const filter = { namespace: 'default', pipeline: pipeline.name };
    const { token } = await world.do('post', '/runs/cancel', { body: { filter } });
    return { body: { token } };
  }),
  rerunRun: on(202, ended),
  rerunRuns: on(202, async (world) => ({ body: { ids: [(await world.success()).id] } })),
  reproduceRun: on(202, ended),
  publishRun: on(200, decided),
  discardRun: on(200, decided),
  revertRun: on(200, async (world) => {
    const { id } = await world.endedRun();
    return { path: { id }, body: { reason: 'looked at' } };
  }),
  getRunLogs: on(200, ended),
  streamEvents: listed(),
  getRunQuality: on(200, ended),
  getFailingRows: on(200, async (world) => {
    const { id } = await world.quarantine();
    return { path: { id, test: 'fails' } };
  }),
  createRunGroup: on(202, async (world) => ({ body: bodyOf(await world.pipeline()) })),
  getRunGroup: on(200, async (world) => ({ path: await group(world) })),
  cancelRunGroup: on(200, async (world) => ({ path: await group(world) })),
  retryRunGroup: on(202, async (world) => {
    const path = await group(world);
    await world.do('post', `/run-groups/${path['id']}/cancel`);
    return { path };
  }),
  listRunners: plain(),
  listPools: plain(),
  drainRunner: on(202, async (world) => {
    const id = world.next('runner');
    await world.db.pool.query(
      `INSERT INTO runners (id, host, pid, slots, started_at, heartbeat_at)
       VALUES ($1, 'nowhere', 1, 0, now(), now() + interval '1 hour')`,
      [id],
    );
    return { path: { id } };
  }),
} satisfies Partial<Record<OperationId, AccessCase>>;

export default CASES;
