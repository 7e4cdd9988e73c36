import { RatError } from '@rat/client';

/** Where the SQL is wrong, counted from 1. */
export interface MistakePlace {
  message: string;
  line: number;
  column: number;
}

/** Where the API finds a mistake in the SQL; undefined when it names no place. */
export function placeOfMistake(error: unknown): MistakePlace | undefined {
  if (!(error instanceof RatError)) return undefined;
  const issue = error.issues.find(({ path, line }) => path === 'sql' && line !== undefined);
  if (issue?.line === undefined) return undefined;
  return { message: issue.message, line: issue.line, column: issue.column ?? 1 };
}

/** The place in the text as it was written: the API counts behind the space at its begin. */
export function placeInText(sql: string, place: MistakePlace): MistakePlace {
  const before = sql.slice(0, sql.length - sql.trimStart().length).split('\n');
  const indent = place.line === 1 ? (before.at(-1)?.length ?? 0) : 0;
  return { ...place, line: place.line + before.length - 1, column: place.column + indent };
}
