import { scrubLogText, type Failure } from '@rat/domain';
import { writtenText, type Statement } from '@rat/engine';
import type { CompiledTemplate } from '@rat/pipelines';

/** The pipeline's file of SQL statements. */
export const PIPELINE_FILE = 'pipeline.sql';

/** The file of a quality test that is written in SQL. */
export function testFile(name: string): string {
  return `tests/quality/${name}.sql`;
}

/** A file of the author, with the statements that it rendered to. */
export interface SourceFile {
  file: string;
  locate: CompiledTemplate['locate'];
  /** The statements of the file. */
  statements: readonly Statement[];
}

/** Failures show at most this much of a statement. */
const CUT_LENGTH = 2_000;

const EXCERPT = /\n\nLINE \d+: (?<line>.*)\n(?<indent> *)\^/;

/**
 * Translates the place of a failure from the rendered SQL to the author's file. The failure has no
 * place when the template hides it. A failure without a statement belongs to no file. A failure
 * without a place within its statement gets the place where the statement begins.
 */
export function placeInFile(failure: Failure, { file, locate, statements }: SourceFile): Failure {
  const { line, column, ...rest } = failure;
  if (rest.statement === undefined || rest.file !== undefined) return failure;
  if (line === undefined || column === undefined) {
    const [statement, ...others] = statements.filter((one) => isShownAs(writtenText(one), failure));
    const isOne = statement !== undefined && others.length === 0;
    return { ...rest, file, ...(isOne ? locate(statement) : {}) };
  }
  const place = locate({ line, column });
  const before = `LINE ${line}: `.length;
  const message = rest.message.replace(EXCERPT, (_, text: string, indent: string) => {
    const label = place === undefined ? '' : `LINE ${place.line}: `;
    return `\n\n${label}${text}\n${' '.repeat(indent.length - before + label.length)}^`;
  });
  return { ...rest, message, file, ...place };
}

/** A failure shows its statement without secrets, and only the beginning of a long one. */
function isShownAs(text: string, { statement = '' }: Failure): boolean {
  const shown = scrubLogText(text);
  return shown === statement || (statement.length >= CUT_LENGTH && shown.startsWith(statement));
}
