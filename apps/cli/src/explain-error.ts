import { ConnectionError, NotFoundError, RatError, UnauthenticatedError } from '@rat/client';
import { InputError } from '@rat/domain';
import type { CliContext } from './context.ts';
import { isFileError } from './exit-codes.ts';

/** What is wrong, where, what would be right, and the id of the request in the log of the API. */
export function explainError(error: unknown, context: CliContext | undefined): string[] {
  if (error instanceof InputError) return [error.message, ...error.issues.map(formatIssue)];
  if (!(error instanceof Error)) return [String(error)];
  if (isFileError(error)) return [explainFileError(error)];
  const cause = error instanceof RatError ? error : error.cause;
  if (!(cause instanceof RatError)) return [error.message];
  // The words of a single issue are often those of the message, and a FolderError has the issues in its message.
  const further = cause.issues.filter(({ message }) => !error.message.includes(message));
  return [
    error.message,
    ...(error === cause ? further.map(formatIssue) : []),
    ...(cause instanceof NotFoundError && cause.message === 'pipeline not found'
      ? [`rat pipelines lists those of namespace ${context?.namespace}; -n names another one`]
      : []),
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

const FILE_ERRORS: Record<string, string> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'you may not read or write it',
  EPERM: 'you may not change it',
  EISDIR: 'it is a folder, and must be a file',
  ENOTDIR: 'a part of the path is a file, and must be a folder',
  ENOSPC: 'the disk is full',
  EROFS: 'the disk can only be read',
};

function explainFileError({ path, code = '', message }: NodeJS.ErrnoException): string {
  const why = FILE_ERRORS[code];
  if (why === undefined) return message;
  return path === undefined ? why : `${path}: ${why}`;
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
  const text = message.replaceAll('\n', '\n    ');
  return `  ${place === '' ? '' : `${place}: `}${text}${mend}`;
}
