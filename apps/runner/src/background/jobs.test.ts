import { expect, test } from '@jest/globals';
import { backgroundJobs } from './jobs.ts';

const OFF = {
  maintenanceEveryMs: 0,
  archiveLogsAfterMs: 0,
  retention: { maxPerPipeline: 0, maxAgeMs: 0 },
  keepAuditDays: 400,
};

function namesOf(settings: Parameters<typeof backgroundJobs>[0]): string[] {
  return backgroundJobs(settings)
    .map(({ name }) => name)
    .toSorted();
}

const ALWAYS = [
  'clean-up-ended-runs',
  'finish-archives',
  'purge-processed-files',
  'remove-dropped-tables',
  'remove-old-records',
  'sweep-log-files',
];

test('a setting of 0 turns off its background job', () => {
  expect(namesOf(OFF)).toEqual(ALWAYS);
});

test.each([
  ['schedule-maintenance', { maintenanceEveryMs: 1 }],
  ['archive-logs', { archiveLogsAfterMs: 1 }],
  ['remove-old-runs', { retention: { maxPerPipeline: 1, maxAgeMs: 0 } }],
  ['remove-old-runs', { retention: { maxPerPipeline: 0, maxAgeMs: 1 } }],
])('the background job %s runs with the setting %j', (name, setting) => {
  expect(namesOf({ ...OFF, ...setting })).toEqual([...ALWAYS, name].toSorted());
});
