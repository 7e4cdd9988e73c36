import { scrubLogText, type Failure } from '@rat/domain';
import type { Statement } from '@rat/engine';
import type { CompiledTemplate } from '@rat/pipelines';

/** The file of a pipeline that has its statements. */
export const PIPELINE_FILE = 'pipeline.sql';

/** The file of a quality test that is written in SQL. */
export function testFile(name: string): string {
  return `tests/quality/${name}.sql`;
}

/** A file of the author, and what became of it. */
export interface SourceFile {
  file: string;
  locate: CompiledTemplate['locate'];
  /** The statements that it has. */
  statements: readonly Statement[];
}

/** A failure shows no more of a statement than this. */
const CUT_LENGTH = 2_000;

const EXCERPT = /\n\nLINE \d+: (?<line>.*)\n(?<indent> *)\^/;

/**
 * The failure of a statement with its place in the author's file in place of the one in the SQL that the file rendered
 * to; without a place when the template hides it. A failure that has no statement is of no file, and one that has no place
 * within its statement has that of the statement's beginning.
 */
export function placeInFile(failure: Failure, { file, locate, statements }: SourceFile): Failure {
  const { line, column, ...rest } = failure;
  if (rest.statement === undefined || rest.file !== undefined) return failure;
  if (line === undefined || column === undefined) {
    const [statement, ...others] = statements.filter(({ text }) => isShownAs(text, failure));
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

/** A failure shows its statement without secrets, and of a long one the beginning. */
function isShownAs(text: string, { statement = '' }: Failure): boolean {
  const shown = scrubLogText(text);
  return shown === statement || (statement.length >= CUT_LENGTH && shown.startsWith(statement));
}
