import type { PipelineConfig } from '@rat/contracts';
import { findParamProblems, InputError, type Issue, type PipelineRef } from '@rat/domain';
import { placeInAutomation, unprocessable, type Automation } from '@rat/pipelines';
import type { ScheduleChange } from '@rat/store';
import { changeOf } from './parse-settings.ts';

/** The content of an `automation.yaml` that can be stored. */
export interface CheckedAutomation {
  /** Undefined: there is no file. */
  text: string | undefined;
  /** By name. */
  schedules: ReadonlyMap<string, ScheduleChange>;
}

/**
 * Checks what the parser of the file cannot: patterns, zones, and the parameters that the pipeline's
 * settings declare. Throws UnprocessableError with the line and column of every mistake.
 */
export function defineAutomation(
  ref: PipelineRef,
  automation: Automation | undefined,
  { text, config }: { text: string; config: PipelineConfig },
): CheckedAutomation {
  const schedules = new Map<string, ScheduleChange>();
  if (text.trim() === '' || automation === undefined) return { text: undefined, schedules };
  const issues: Issue[] = [];
  for (const [name, body] of Object.entries(automation.schedules)) {
    const add = ({ path, message }: Issue): void => {
      const issue = { path: `schedules.${name}.${path}`, message };
      issues.push(placeInAutomation(automation, issue));
    };
    const params = body.params ?? undefined;
    const wrong = params === undefined ? [] : findParamProblems(config.params ?? {}, params);
    for (const { name: key, message } of wrong) {
      add({ path: key === '' ? 'params' : `params.${key}`, message });
    }
    try {
      schedules.set(name, changeOf(body));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      for (const issue of error.issues) add(issue);
    }
  }
  if (issues.length > 0) throw unprocessable(ref, issues);
  return { text, schedules };
}
