import type { AutomationFile } from '@rat/contracts';
import {
  automationFile,
  FILE_TRIGGERS,
  putScheduleBody,
  TRIGGER_CONFIGS,
} from '@rat/contracts/children';
import { TRIGGER_KINDS, type Issue, type TriggerKind } from '@rat/domain';
import type { z } from 'zod';
import { unknownKey } from './nearest-key.ts';
import { parseConfigYaml } from './parse-config-yaml.ts';
import type { SourcePlace } from './source-map.ts';

/** The field of a request that carries the text, and the start of every path in it. */
const FIELD = 'automation_yaml';

/** A valid `automation.yaml`. */
export interface Automation {
  schedules: NonNullable<AutomationFile['schedules']>;
  triggers: NonNullable<AutomationFile['triggers']>;
  /** The place of each entry and of each key in it, by path: `schedules.nightly.cron`. */
  places: Map<string, SourcePlace>;
}

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
    for (const issue of parsed.error.issues.flatMap((found) => explain(found, value))) {
      const path = [FIELD, ...issue.path].join('.');
      issues.push({ path, message: issue.message, ...placeOf(...issue.path) });
    }
    return undefined;
  }
  const { schedules = {}, triggers = {} } = parsed.data;
  const places = new Map<string, SourcePlace>();
  for (const path of listPaths(value)) {
    const place = placeOf(...path);
    if (place !== undefined) places.set(path.join('.'), place);
  }
  return { schedules, triggers, places };
}

/** The paths of all keys of a value. A list has no keys: what is wrong in it has the place of the list. */
function listPaths(value: unknown, within: readonly string[] = []): string[][] {
  if (!isMapping(value)) return [];
  return Object.entries(value).flatMap(([key, below]) => {
    const path = [...within, key];
    return [path, ...listPaths(below, path)];
  });
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

interface Mistake {
  path: string[];
  message: string;
}

function explain(issue: z.core.$ZodIssue, file: unknown): Mistake[] {
  const path = issue.path.map(String);
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = knownKeys(path, file);
      return issue.keys.map((key) => ({
        path: [...path, key],
        message: describe(key, path, known),
      }));
    }
    case 'invalid_union':
      return [{ path, message: WRONG_KIND }];
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

/** The message for the `kind` of a trigger. */
const WRONG_KIND = `must be one of ${TRIGGER_KINDS.join(', ')}; a cron pattern is a schedule: write it below schedules`;

function describe(key: string, path: readonly string[], known: string[] | undefined): string {
  if (key === 'secrets' && path.length === 2 && path[0] === 'triggers') {
    return 'must not be in a file: give the secrets by a PUT of the trigger';
  }
  return known === undefined ? 'unknown key' : unknownKey(key, known);
}

/** The keys at a place of the file, for the message about an unknown one. */
function knownKeys(path: readonly string[], file: unknown): string[] | undefined {
  const [section, name = '', config] = path;
  if (path.length === 0) return Object.keys(automationFile.shape);
  if (section === 'schedules' && path.length === 2) return Object.keys(putScheduleBody.shape);
  if (section !== 'triggers') return undefined;
  if (path.length === 2) return Object.keys(FILE_TRIGGERS.upload.shape);
  const triggers = isMapping(file) ? file['triggers'] : undefined;
  const entry = isMapping(triggers) ? triggers[name] : undefined;
  const kind = isMapping(entry) ? entry['kind'] : undefined;
  return path.length === 3 && config === 'config' && isKind(kind)
    ? Object.keys(TRIGGER_CONFIGS[kind].shape)
    : undefined;
}

function isKind(kind: unknown): kind is TriggerKind {
  return TRIGGER_KINDS.some((one) => one === kind);
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
