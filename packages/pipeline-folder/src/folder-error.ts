import { RatError } from '@rat/client';
import { inFile } from './file-of-issue.ts';

/** A problem with a folder, or with one of its pipelines, in words for the person at the terminal. */
export class FolderError extends Error {
  override name = 'FolderError';
}

/** Prefixes an error of the API with the thing that the request was about; every other error passes. */
export async function about<T>(what: string, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (cause) {
    if (!(cause instanceof RatError)) throw cause;
    throw new FolderError(`${what}: ${explainApiError(cause)}`, { cause });
  }
}

/** Formats an error of the API with its status, and a line for each place that is wrong. */
export function explainApiError({ status, message, issues }: RatError): string {
  const places = issues.map(inFile).map(({ path, line, message: wrong }) => {
    return `\n  ${path}${line === undefined ? '' : `:${line}`}: ${wrong}`;
  });
  const mend = status === 401 ? '; commands take a token from RAT_TOKEN' : '';
  return `${status === 0 ? '' : `${status} `}${message}${places.join('')}${mend}`;
}
