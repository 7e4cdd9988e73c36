import type { PipelineConfig } from '@rat/contracts';
import {
  findParamProblems,
  InputError,
  UnprocessableError,
  type Issue,
  type NamespaceSet,
  type ParamValues,
  type PipelineRef,
} from '@rat/domain';
import { placeInAutomation, unprocessable, type Automation } from '@rat/pipelines';
import type { SecretBox } from '@rat/runtime';
import {
  configPath,
  findCycles,
  type AutomationToPut,
  type Database,
  type ScheduleChange,
  type TriggerChange,
} from '@rat/store';
import { refuseUnsealable } from '../webhooks/webhook-secrets.ts';
import { changeOf, pauseOf } from './parse-settings.ts';
import { parseTrigger } from './parse-trigger.ts';
import { findUnknownInputs } from './unknown-inputs.ts';

/** The content of an `automation.yaml` that can be stored. */
export interface CheckedAutomation extends AutomationToPut {
  /** Gives an issue its path in the request and its place in the text. */
  place: (issue: Issue) => Issue;
  /** The namespaces that its author may read. */
  mayRead: NamespaceSet;
}

/** What an `automation.yaml` is checked against. */
interface Surroundings {
  /** The settings of the pipeline. */
  config: PipelineConfig;
  /** The namespaces that its author may read. */
  mayRead: NamespaceSet;
}

/** What knows other pipelines, and whether secrets can be sealed. */
interface DefineDeps {
  db: Database;
  secretBox: SecretBox | undefined;
}

/**
 * Checks what the parser of the file cannot: patterns, zones, the parameters that the pipeline's
 * settings declare, what triggers watch, and cycles of triggers. Throws UnprocessableError with the line
 * and column of every mistake.
 */
export async function defineAutomation(
  { db, secretBox }: DefineDeps,
  pipeline: PipelineRef,
  automation: Automation | undefined,
  { text, ...surroundings }: Surroundings & { text: string },
): Promise<CheckedAutomation> {
  const { mayRead } = surroundings;
  if (text.trim() === '' || automation === undefined) {
    const [schedules, triggers] = [new Map(), new Map()];
    return { text: undefined, schedules, triggers, place: (issue) => issue, mayRead };
  }
  const deps = { db, secretBox };
  const { issues, ...entries } = await inspectAutomation(deps, pipeline, automation, surroundings);
  issues.push(...(await findTriggerCycles(db, pipeline, automation, { ...entries, mayRead })));
  if (issues.length > 0) throw unprocessable(pipeline, issues);
  return { text, ...entries, place: (issue) => placeInAutomation(automation, issue), mayRead };
}

/** The entries of an `automation.yaml` that could be stored, and what is wrong with the others. */
interface InspectedAutomation extends Pick<AutomationToPut, 'schedules' | 'triggers'> {
  /** With their paths in the request and their places in the text. */
  issues: Issue[];
}

/** Finds every mistake that `defineAutomation` would refuse, but for cycles of triggers. */
export async function inspectAutomation(
  { db, secretBox }: DefineDeps,
  pipeline: PipelineRef,
  automation: Automation,
  { config, mayRead }: Surroundings,
): Promise<InspectedAutomation> {
  const schedules = new Map<string, ScheduleChange>();
  const triggers = new Map<string, TriggerChange>();
  const issues: Issue[] = [];
  for (const [name, body] of Object.entries(automation.schedules)) {
    const within = `schedules.${name}`;
    issues.push(...below(within, findWrongParams(config, body.params)));
    const read = readEntry(within, () => changeOf(body));
    if (read.kind === 'read') schedules.set(name, read.entry);
    else issues.push(...read.issues);
  }
  for (const [name, body] of Object.entries(automation.triggers)) {
    const within = `triggers.${name}`;
    issues.push(...below(within, findWrongParams(config, body.params)));
    const read = readEntry(within, () => {
      const settings = parseTrigger(pipeline, body);
      refuseUnsealable(settings.config, secretBox);
      return { settings, isPaused: pauseOf(body) };
    });
    if (read.kind === 'read') {
      triggers.set(name, read.entry);
      const watched = { pipeline, config: read.entry.settings.config, mayRead };
      issues.push(...below(within, await findUnknownInputs(db, watched)));
    } else issues.push(...read.issues);
  }
  const placed = issues.map((issue) => placeInAutomation(automation, issue));
  return { schedules, triggers, issues: placed };
}

/** The issues for triggers of the file by which the pipeline would make itself run. */
export async function findTriggerCycles(
  db: Database,
  pipeline: PipelineRef,
  automation: Automation,
  { triggers, mayRead }: Pick<CheckedAutomation, 'triggers' | 'mayRead'>,
): Promise<Issue[]> {
  const configs = new Map(
    [...triggers].map(([name, { settings }]) => [configPath(name), settings.config]),
  );
  const issues = await findCycles(db.prisma, { pipeline, configs, mayRead });
  return issues.map((issue) => placeInAutomation(automation, issue));
}

function findWrongParams(config: PipelineConfig, params: ParamValues | null | undefined): Issue[] {
  if (params === undefined || params === null) return [];
  return findParamProblems(config.params ?? {}, params).map(({ name, message }) => ({
    path: name === '' ? 'params' : `params.${name}`,
    message,
  }));
}

/** One entry of the file, or what is wrong in it. */
type ReadEntry<T> = { kind: 'read'; entry: T } | { kind: 'wrong'; issues: Issue[] };

function readEntry<T>(within: string, read: () => T): ReadEntry<T> {
  try {
    return { kind: 'read', entry: read() };
  } catch (error) {
    if (!(error instanceof InputError || error instanceof UnprocessableError)) throw error;
    return { kind: 'wrong', issues: below(within, error.issues) };
  }
}

function below(within: string, issues: readonly Issue[]): Issue[] {
  return issues.map((issue) => ({ ...issue, path: `${within}.${issue.path}` }));
}
