import type { CheckedIssue, RatedIssue } from '@rat/contracts';
import { UnprocessableError, type Issue } from '@rat/domain';
import { placeSettings, type PipelineSource } from '@rat/pipelines';

type Files = Pick<PipelineSource, 'sql' | 'config'>;

/** What a runner found in these files, as every answer has it: with the places of settings. */
export function presentChecked(checked: readonly CheckedIssue[], files: Files): RatedIssue[] {
  return placeSettings(checked, files).map(rate);
}

/** An issue with a severity, and without what only the API needs to know. */
export function rate(issue: Issue): RatedIssue {
  const { path, message, line, column, severity = 'error', fix } = issue;
  return {
    path,
    message,
    ...(line === undefined ? {} : { line }),
    ...(column === undefined ? {} : { column }),
    severity,
    ...(fix === undefined ? {} : { fix }),
  };
}

/** The refusal of a runner, which knows the settings but not where they are written, with their places. */
export function withPlaces(error: unknown, files: Files): unknown {
  if (!(error instanceof UnprocessableError)) return error;
  const issues = placeSettings(error.issues, files);
  return new UnprocessableError(error.message, issues, { cause: error });
}
