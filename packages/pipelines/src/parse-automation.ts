import { automationFile, putScheduleBody, type AutomationFile } from '@rat/contracts';
import type { Issue } from '@rat/domain';
import type { z } from 'zod';
import { unknownKey } from './nearest-key.ts';
import { parseConfigYaml } from './parse-config-yaml.ts';
import type { SourcePlace } from './source-map.ts';

/** The field of a request that carries the text, and the start of every path in it. */
const FIELD = 'automation_yaml';

/** A valid `automation.yaml`. */
export interface Automation {
  schedules: NonNullable<AutomationFile['schedules']>;
  /** The place of each entry and of each of its keys, by path: `schedules.nightly.cron`. */
  places: Map<string, SourcePlace>;
}

/** The keys at each depth of the file, for the message about an unknown one. */
const KEYS: Record<number, string[]> = {
  0: Object.keys(automationFile.shape),
  2: Object.keys(putScheduleBody.shape),
};

/**
 * Parses the text of an `automation.yaml`. Adds every mistake to `issues`, with its line and column;
 * then the result is undefined. What needs the clock or the pipeline's settings is not checked.
 *
 * @example
 * parseAutomation('schedules:\n  nightly: { cron: "30 2 * * *" }\n', issues)?.schedules.nightly?.cron;
 */
export function parseAutomation(text: string, issues: Issue[]): Automation | undefined {
  const { value, mistakes, placeOf } = parseConfigYaml(text);
  issues.push(...mistakes.map((mistake) => ({ path: FIELD, ...mistake })));
  if (mistakes.length > 0) return undefined;
  const parsed = automationFile.safeParse(value ?? {});
  if (!parsed.success) {
    for (const issue of parsed.error.issues.flatMap(explain)) {
      const path = [FIELD, ...issue.path].join('.');
      issues.push({ path, message: issue.message, ...placeOf(...issue.path) });
    }
    return undefined;
  }
  const schedules = parsed.data.schedules ?? {};
  const places = new Map<string, SourcePlace>();
  for (const [name, settings] of Object.entries(schedules)) {
    const paths = [
      ['schedules', name],
      ...Object.keys(settings).map((key) => ['schedules', name, key]),
    ];
    for (const path of paths) {
      const place = placeOf(...path);
      if (place !== undefined) places.set(path.join('.'), place);
    }
  }
  return { schedules, places };
}

interface Mistake {
  path: string[];
  message: string;
}

function explain(issue: z.core.$ZodIssue): Mistake[] {
  const path = issue.path.map(String);
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = KEYS[path.length];
      return issue.keys.map((key) => ({
        path: [...path, key],
        message: known === undefined ? 'unknown key' : unknownKey(key, known),
      }));
    }
    case 'invalid_key': {
      const [first] = issue.issues;
      return [{ path, message: `the name ${first?.message ?? 'is not valid'}` }];
    }
    default: {
      const isMapping = issue.code === 'invalid_type' && issue.expected === 'object';
      return [{ path, message: isMapping ? 'must be a mapping of keys to values' : issue.message }];
    }
  }
}

/** The same mistake with its path in the request and its place in the text. */
export function placeInAutomation({ places }: Automation, issue: Issue): Issue {
  const keys = issue.path.split('.');
  let place: SourcePlace | undefined;
  while (place === undefined && keys.length > 0) {
    place = places.get(keys.join('.'));
    keys.pop();
  }
  return { ...issue, path: `${FIELD}.${issue.path}`, ...place };
}
