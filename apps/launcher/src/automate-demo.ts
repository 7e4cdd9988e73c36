import type { PutScheduleBody, PutTriggerBody } from '@rat/contracts';
import type { PipelineRef } from '@rat/domain';
import type { ApiClient } from './api-client.ts';

const ref = (layer: PipelineRef['layer'], name: string): PipelineRef => ({
  namespace: 'default',
  layer,
  name,
});

const TRIGGERS: { of: PipelineRef; name: string; body: PutTriggerBody }[] = [
  {
    of: ref('bronze', 'airports'),
    name: 'new-files',
    body: { kind: 'upload', config: { zone: 'airports', pattern: '*.csv' }, debounce_seconds: 2 },
  },
  {
    of: ref('silver', 'flights'),
    name: 'after-bronze',
    body: {
      kind: 'upstream',
      config: { pipelines: ['bronze.airports', 'bronze.flights'] },
      debounce_seconds: 1,
    },
  },
  {
    of: ref('gold', 'airport_delays'),
    name: 'after-silver',
    body: { kind: 'upstream', config: { pipelines: ['silver.flights'] } },
  },
];

const NIGHTLY: PutScheduleBody = { cron: '30 2 * * *', overlap: 'skip' };

/**
 * Makes the demo run by itself: a new file of airports reaches gold, and one pipeline runs every
 * night. After the first runs: what these have read is no news.
 */
export async function automateDemo(api: ApiClient): Promise<void> {
  for (const { of, name, body } of TRIGGERS) await api.putTrigger(of, name, body);
  await api.putSchedule(ref('gold', 'daily_flights'), 'nightly', NIGHTLY);
}
