import { ConnectionError, RatError, UnauthenticatedError } from '@rat/client';
import { InputError } from '@rat/domain';
import type { CliContext } from './context.ts';

/** What is wrong, where, what would be right, and the id of the request in the log of the API. */
export function explainError(error: unknown, context: CliContext | undefined): string[] {
  if (error instanceof InputError) return [error.message, ...error.issues.map(formatIssue)];
  if (!(error instanceof Error)) return [String(error)];
  const cause = error instanceof RatError ? error : error.cause;
  if (!(cause instanceof RatError)) return [error.message];
  // The words of a single issue are often those of the message, and a FolderError has the issues in its message.
  const further = cause.issues.filter(({ message }) => !error.message.includes(message));
  return [
    error.message,
    ...(error === cause ? further.map(formatIssue) : []),
    ...(cause instanceof UnauthenticatedError
      ? ['sign in with `rat login`, or set RAT_TOKEN to a token']
      : []),
    ...(cause instanceof ConnectionError && context !== undefined
      ? [
          `is an API running at ${context.urlOfLogin}? start one with \`npm start\`, or name another with --url`,
        ]
      : []),
    ...(cause.requestId === undefined ? [] : [`request ${cause.requestId}`]),
  ];
}

/** `  pipeline.sql:3:5: the message; write …`, with its place where that is known. */
export function formatIssue(issue: {
  path: string;
  line?: number | undefined;
  column?: number | undefined;
  message: string;
  fix?: string | undefined;
}): string {
  const { path, line, column, message, fix } = issue;
  const place = line === undefined ? path : `${path}:${line}:${column ?? 1}`;
  const mend = fix === undefined ? '' : `; write ${fix}`;
  return `  ${place === '' ? '' : `${place}: `}${message}${mend}`;
}
