import { eventually, openReceiver, startFleet } from '@rat/testing';
import { checkLineageEvents } from './ask-python.ts';
import { pythonWithPackages } from './python-environment.ts';
import { check } from './verdicts.ts';

const KINDS = ['ABORT', 'COMPLETE', 'FAIL', 'START'];
const ENDLESS =
  'SELECT count(*) AS n FROM range(10000000) a, range(10000000) b WHERE hash(a.range, b.range) % 7 = 3';
const WITHIN_MS = 60_000;

/** Runs of every outcome send their events to a receiver, and each event fits the schema that OpenLineage publishes. */
export async function testLineageEvents(): Promise<void> {
  const python = await pythonWithPackages();
  const receiver = await openReceiver();
  const fleet = await startFleet({
    backend: 'postgres',
    apis: 1,
    runners: 1,
    env: { OPENLINEAGE_URL: receiver.url },
  });
  try {
    await fleet.putPipeline('default/silver/orders', {
      sql: `SELECT range AS id, 'x' AS name, [range] AS list, {'a': 1} AS pair FROM range(7)`,
    });
    await fleet.putPipeline('default/gold/sales', {
      sql: `SELECT count(*) AS orders FROM {{ ref('silver.orders') }}`,
    });
    await fleet.putPipeline('default/gold/bad', {
      sql: 'SELECT nothing FROM nowhere',
      config: { max_retries: 0 },
    });
    await fleet.putPipeline('default/gold/endless', { sql: ENDLESS });
    for (const [path, status] of [
      ['default/silver/orders', 'success'],
      ['default/gold/sales', 'success'],
      ['default/gold/bad', 'failed'],
    ] as const) {
      await fleet.spy.waitFor(await fleet.createRun(path), status, WITHIN_MS);
    }
    const endless = await fleet.createRun('default/gold/endless');
    await fleet.spy.waitFor(endless, 'running', WITHIN_MS);
    await fleet.client().runs.cancel(endless);
    const events = await eventually(
      'the events of four runs',
      () => {
        const found = receiver.received.map(({ body }) => body as { eventType: string });
        return found.length >= 8 && found;
      },
      WITHIN_MS,
    );
    const kinds = new Set(events.map(({ eventType }) => eventType));
    check('OpenLineage: every outcome has its kind of event', [...kinds].toSorted(), KINDS);
    await checkLineageEvents(fleet, python, events);
  } finally {
    await fleet.close();
    await receiver.close();
  }
}
