import type { Failure } from '@rat/domain';
import type { CompiledTemplate } from '@rat/pipelines';

/** The file of a pipeline that has its statements. */
export const PIPELINE_FILE = 'pipeline.sql';

/** The file of a quality test that is written in SQL. */
export function testFile(name: string): string {
  return `tests/quality/${name}.sql`;
}

const EXCERPT = /\n\nLINE \d+: (?<line>.*)\n(?<indent> *)\^/;

/**
 * The failure of a statement with its place in the author's file in place of the one in the SQL that the file rendered
 * to; without a place when that cannot be told. A failure that has no statement is of no file.
 */
export function placeInFile(
  failure: Failure,
  file: string,
  locate: CompiledTemplate['locate'],
): Failure {
  const { line, column, ...rest } = failure;
  if (rest.statement === undefined || rest.file !== undefined) return failure;
  if (line === undefined || column === undefined) return { ...rest, file };
  const place = locate({ line, column });
  const before = `LINE ${line}: `.length;
  const message = rest.message.replace(EXCERPT, (_, text: string, indent: string) => {
    const label = place === undefined ? '' : `LINE ${place.line}: `;
    return `\n\n${label}${text}\n${' '.repeat(indent.length - before + label.length)}^`;
  });
  return { ...rest, message, file, ...place };
}
