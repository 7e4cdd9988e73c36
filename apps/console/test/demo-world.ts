import { startNode, type Fleet } from '@rat/testing';

/** The runs and the addresses that the screens of the console are opened with. */
export interface DemoWorld {
  broken: string;
  quarantined: string;
  good: string;
  waiting: string;
  cancelled: string;
}

const REPORT = { namespace: 'default', layer: 'gold', name: 'yearly_report' } as const;
const REPORT_PATH = 'default/gold/yearly_report';

/**
 * Loads the demo as `npm run seed` does, and adds what it lacks: a second snapshot of a table, a pipeline of two
 * versions, a run that waits for a pool without a runner, a cancelled one, and two saved views.
 */
export async function loadDemoWorld(fleet: Fleet): Promise<DemoWorld> {
  const seed = startNode('apps/launcher/dist/seed.js', {}, ['--url', fleet.apis[0]?.url ?? '']);
  const { code, output } = await seed.finished();
  if (code !== 0) throw new Error(`the demo was not loaded:\n${output}`);
  const good = await fleet.createRun('default/gold/busiest_routes');
  await fleet.spy.waitFor(good, 'success');
  for (const years of ['2000', '2001'])
    await fleet.putPipeline(REPORT_PATH, {
      sql: `SELECT\n  flight_at,\n  origin\nFROM {{ ref('silver.flights') }}\nWHERE year(flight_at) = ${years}\n`,
      config: { pool: 'heavy', description: 'One year of flights, for the yearly report' },
    });
  const cancelled = await fleet.createRun(REPORT_PATH);
  await fleet.client().runs.cancel(cancelled, { reason: 'the year is not over yet' });
  const waiting = await fleet.createRun(REPORT_PATH);
  const { views } = fleet.client();
  const failed = { status: 'failed' };
  await views.create({ name: 'Failed runs', screen: 'runs', query: failed, shared: true });
  await views.create({
    name: 'Gold of a week',
    screen: 'runs',
    query: { layer: 'gold', from: '-7d' },
  });
  return {
    broken: await newestRunOf(fleet, 'broken_report'),
    quarantined: await newestRunOf(fleet, 'airport_scorecard'),
    good,
    waiting,
    cancelled,
  };
}

async function newestRunOf(fleet: Fleet, pipeline: string): Promise<string> {
  const { namespace, layer } = REPORT;
  const { runs } = await fleet.client().runs.list({ namespace, layer, pipeline, limit: 1 }).first();
  const [run] = runs;
  if (run === undefined) throw new Error(`the demo has no run of ${pipeline}`);
  return run.id;
}
