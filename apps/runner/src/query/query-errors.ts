import { InputError, UnavailableError, type Failure } from '@rat/domain';
import type { ChildEnd } from '../child-process/explain-end.ts';

const NEEDS_TOO_MUCH = 'the query needs more memory and disk space than it may use';

/** The error for the client whose query ended with its process. */
export function endError(end: ChildEnd): Error {
  switch (end.kind) {
    case 'out_of_memory':
      return new InputError(NEEDS_TOO_MUCH);
    case 'crashed': {
      const message = broken(end.signal);
      return new InputError(message, [{ path: 'sql', message }]);
    }
    case 'killed':
      return new UnavailableError(
        'the process that ran the query was ended from outside; try again',
      );
  }
}

/** Every refusal of DuckDB is a mistake in the SQL or in its needs, so it is an InputError. */
export function refusal({ code, message, line, column, crash }: Failure): Error {
  const path = 'sql';
  const place = {
    ...(line === undefined ? {} : { line }),
    ...(column === undefined ? {} : { column }),
  };
  switch (code) {
    case 'out_of_memory':
    case 'disk_full':
      return new InputError(NEEDS_TOO_MUCH);
    case 'storage_unavailable':
      return new UnavailableError('a file of the table cannot be read');
    case 'internal':
      if (crash === undefined) return new Error(message);
      return new InputError(message, [{ path, message: broken(crash), ...place }]);
    default:
      return new InputError(message, [
        { path, message: message.split('\n', 1)[0] ?? message, ...place },
      ]);
  }
}

function broken(how: string): string {
  return `the query brought its process down (${how}): the engine cannot execute this SQL; write it in another way`;
}
