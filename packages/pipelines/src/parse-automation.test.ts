import { describe, expect, test } from '@jest/globals';
import type { Issue } from '@rat/domain';
import { parseAutomation, placeInAutomation } from './parse-automation.ts';

function issuesOf(text: string): Issue[] {
  const issues: Issue[] = [];
  expect(parseAutomation(text, issues)).toBeUndefined();
  return issues;
}

describe('parseAutomation', () => {
  test('an empty file and one of comments have no schedules', () => {
    for (const text of ['', '# none\n', 'schedules:\n', 'schedules: {}\n']) {
      const issues: Issue[] = [];
      const automation = parseAutomation(text, issues);
      // A key without a value is null in YAML, which is a mistake as it is in config.yaml.
      if (text === 'schedules:\n') expect(issues).toHaveLength(1);
      else expect([automation?.schedules, issues]).toEqual([{}, []]);
    }
  });

  test('every mistake is listed with the line and column of the deepest key that is there', () => {
    const text = 'schedules:\n  a:\n    cron: 5\n    jitter_seconds: -1\n  B: {}\ntriggerz: {}\n';
    expect(issuesOf(text)).toMatchObject([
      { path: 'automation_yaml.schedules.a.cron', line: 3, column: 5 },
      { path: 'automation_yaml.schedules.a.jitter_seconds', line: 4, column: 5 },
      { path: 'automation_yaml.schedules.B', line: 5, column: 3 },
      { path: 'automation_yaml.triggerz', line: 6, column: 1 },
    ]);
  });

  test('YAML with a mistake is reported with its place', () => {
    expect(issuesOf('schedules:\n\ta: 1\n')).toMatchObject([{ path: 'automation_yaml', line: 2 }]);
  });

  test('more than 100 schedules are refused', () => {
    const entries = Array.from({ length: 101 }, (_, n) => `  s${n}: { every_seconds: 60 }`);
    expect(issuesOf(`schedules:\n${entries.join('\n')}\n`)).toMatchObject([
      { message: 'has more than 100 schedules', line: 1 },
    ]);
  });

  test('a mistake that is found later gets the place of its key, or of its entry', () => {
    const automation = parseAutomation('schedules:\n  a:\n    cron: "61 * * * *"\n', []);
    if (automation === undefined) throw new Error('the file has no mistake');
    const place = (path: string): Issue => placeInAutomation(automation, { path, message: 'm' });
    expect(place('schedules.a.cron')).toMatchObject({
      path: 'automation_yaml.schedules.a.cron',
      line: 3,
    });
    expect(place('schedules.a.timezone')).toMatchObject({ line: 2, column: 3 });
  });
});
