import type { OperationId } from '@rat/contracts';
import { listed, on, plain, type AccessCase } from './access-case.ts';
import { bodyOf, NIGHTLY, WEBHOOK, type AccessWorld, type Prepared } from './access-world.ts';

const UPLOADS = { namespace: 'default', zone: 'in' };

const schedule = async (world: AccessWorld): Promise<Prepared> => ({
  path: { id: (await world.automation('schedules', NIGHTLY)).id },
});
const namedSchedule = async (world: AccessWorld): Promise<Prepared> => ({
  path: (await world.automation('schedules', NIGHTLY)).named,
});
const trigger = async (world: AccessWorld): Promise<Prepared> => ({
  path: { id: (await world.automation('triggers', WEBHOOK)).id },
});
const namedTrigger = async (world: AccessWorld): Promise<Prepared> => ({
  path: (await world.automation('triggers', WEBHOOK)).named,
});
const pipeline = async (world: AccessWorld): Promise<Prepared> => ({
  path: await world.pipeline(),
});

const CASES = {
  listSchedules: listed(),
  createSchedule: on(201, async (world) => ({
    body: { ...bodyOf(await world.pipeline()), ...NIGHTLY },
  })),
  previewSchedule: { ...plain(), prepare: () => ({ body: NIGHTLY }) },
  getSchedule: on(200, schedule),
  changeSchedule: on(200, async (world) => ({ ...(await schedule(world)), body: NIGHTLY })),
  deleteSchedule: on(204, schedule),
  getPipelineSchedule: on(200, namedSchedule),
  putPipelineSchedule: on(200, async (world) => ({
    ...(await namedSchedule(world)),
    body: NIGHTLY,
  })),
  deletePipelineSchedule: on(204, namedSchedule),
  pauseSchedule: on(200, schedule),
  resumeSchedule: on(200, schedule),
  runSchedule: on(202, schedule),
  getNextTimes: on(200, schedule),
  listFirings: on(200, schedule),
  listPipelineTriggers: on(200, pipeline),
  createPipelineTrigger: on(201, async (world) => ({
    ...(await pipeline(world)),
    body: { type: 'landing_zone_upload', config: { namespace: 'default', zone_name: 'in' } },
  })),
  listTriggers: listed(),
  getTrigger: on(200, trigger),
  getPipelineTrigger: on(200, namedTrigger),
  putPipelineTrigger: on(201, async (world) => ({
    path: { ...(await world.pipeline()), trigger: 'one' },
    body: { kind: 'upload', config: UPLOADS },
  })),
  deletePipelineTrigger: on(204, namedTrigger),
  pauseTrigger: on(200, trigger),
  resumeTrigger: on(200, trigger),
  runTrigger: on(202, trigger),
  listTriggerFirings: on(200, trigger),
  // A delivery proves itself by the token of its webhook, whatever it is signed in with.
  receiveDelivery: on(202, async (world) => {
    const { id, token } = await world.automation('triggers', WEBHOOK);
    return { path: { id }, headers: { 'x-webhook-token': token } };
  }),
  fireWebhook: on(201, async (world) => {
    const { token } = await world.automation('triggers', WEBHOOK);
    return { headers: { 'x-webhook-token': token } };
  }),
} satisfies Partial<Record<OperationId, AccessCase>>;

export default CASES;
