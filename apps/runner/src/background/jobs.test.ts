import { expect, test } from '@jest/globals';
import { RETENTION_DEFAULTS } from '@rat/domain';
import { backgroundJobs } from './jobs.ts';

const OFF = {
  maintenanceEveryMs: 0,
  archiveLogsAfterMs: 0,
  retention: RETENTION_DEFAULTS,
  keepAuditDays: 400,
};

function namesOf(settings: Parameters<typeof backgroundJobs>[0]): string[] {
  return backgroundJobs(settings)
    .map(({ name }) => name)
    .toSorted();
}

const ALWAYS = [
  'apply-retention',
  'clean-up-ended-runs',
  'finish-archives',
  'read-table-moves',
  'remove-old-records',
  'sweep-log-files',
  'sweep-table-moves',
  'watch-landing-zones',
];

test('a setting of 0 turns off its background job', () => {
  expect(namesOf(OFF)).toEqual(ALWAYS);
});

test.each([
  ['schedule-maintenance', { maintenanceEveryMs: 1 }],
  ['archive-logs', { archiveLogsAfterMs: 1 }],
])('the background job %s runs with the setting %j', (name, setting) => {
  expect(namesOf({ ...OFF, ...setting })).toEqual([...ALWAYS, name].toSorted());
});
