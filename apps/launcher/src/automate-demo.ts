import type { RatClient } from '@rat/client';

const BRONZE = { namespace: 'default', layer: 'bronze', name: 'airports' } as const;
const SILVER = { namespace: 'default', layer: 'silver', name: 'flights' } as const;
const GOLD = { namespace: 'default', layer: 'gold', name: 'airport_delays' } as const;
const DAILY = { namespace: 'default', layer: 'gold', name: 'daily_flights' } as const;

/**
 * Makes the demo run by itself: a new file of airports reaches gold, and one pipeline runs every
 * night. After the first runs: what these have read is no news.
 */
export async function automateDemo(rat: RatClient): Promise<void> {
  await rat.triggers.putOf(
    { ...BRONZE, trigger: 'new-files' },
    { kind: 'upload', config: { zone: 'airports', pattern: '*.csv' }, debounce_seconds: 2 },
  );
  await rat.triggers.putOf(
    { ...SILVER, trigger: 'after-bronze' },
    {
      kind: 'upstream',
      config: { pipelines: ['bronze.airports', 'bronze.flights'] },
      debounce_seconds: 1,
    },
  );
  await rat.triggers.putOf(
    { ...GOLD, trigger: 'after-silver' },
    { kind: 'upstream', config: { pipelines: ['silver.flights'] } },
  );
  await rat.schedules.putOf(
    { ...DAILY, schedule: 'nightly' },
    { cron: '30 2 * * *', overlap: 'skip' },
  );
}
