import { UnprocessableError, UnusableFilesError, type Issue, type PipelineRef } from '@rat/domain';
import { toFiles, toSource } from '@rat/pipelines';
import type { StoredContent } from './content-checker.ts';
import { CONFIG_FILE, pipelinePrefix, SQL_FILE, testFile } from './pipeline-paths.ts';

/**
 * The refusal of a pipeline's content with what is wrong with each of its files: clients of the
 * reference platform list the mistakes by file. Any other error stays as it is.
 */
export function byFile(error: unknown, ref: PipelineRef, content: StoredContent): unknown {
  if (!(error instanceof UnprocessableError)) return error;
  const findings = new Map<string, { errors: string[]; warnings: string[] }>();
  const of = (file: string) => {
    const found = findings.get(file) ?? { errors: [], warnings: [] };
    findings.set(file, found);
    return found;
  };
  for (const file of toFiles(toSource(content)).keys()) of(file);
  for (const issue of error.issues) {
    const { errors, warnings } = of(fileOf(issue));
    (issue.severity === 'warning' ? warnings : errors).push(inWords(issue));
  }
  const prefix = pipelinePrefix(ref);
  const files = [...findings].map(([file, found]) => ({ path: prefix + file, ...found }));
  return new UnusableFilesError(error, files);
}

/** `sql`, `sql:@key`, `config.key` or `quality_tests.name…`; anything else is about the whole pipeline. */
function fileOf({ path }: Issue): string {
  const test = /^quality_tests\.([^.:]+)/.exec(path)?.[1];
  if (test !== undefined) return testFile(test);
  return /^config\b/.test(path) ? CONFIG_FILE : SQL_FILE;
}

function inWords({ path, line, column, message }: Issue): string {
  const key = /^config\.(.+)$|:(@.+)$/.exec(path);
  const places = [
    ...(line === undefined ? [] : [`line ${line}`]),
    ...(column === undefined ? [] : [`column ${column}`]),
  ].join(', ');
  return [places, key?.[1] ?? key?.[2] ?? '', message].filter((part) => part !== '').join(': ');
}
