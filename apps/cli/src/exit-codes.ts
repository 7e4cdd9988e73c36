import {
  ConflictError,
  ForbiddenError,
  InvalidArgumentError,
  NotFoundError,
  PreconditionError,
  RateLimitError,
  RatError,
  UnauthenticatedError,
} from '@rat/client';
import type { RunStatus } from '@rat/domain';

/** What a script reads from the end of a command. */
export const EXIT = {
  success: 0,
  runFailed: 1,
  badInput: 2,
  runCancelled: 3,
  notFound: 4,
  notAllowed: 5,
  refused: 6,
  unreachable: 7,
  differences: 10,
  /** A mistake of this program. */
  bug: 70,
  /** `--timeout` has passed; the run continues. */
  timedOut: 124,
  /** The person, or the signal of another program, ended the command; the run continues. */
  detached: 130,
} as const;

/** A mistake of the person at the terminal, or a refusal by this program. */
export class CliError extends Error {
  override name = 'CliError';
  readonly exitCode: number;

  constructor(message: string, exitCode: number = EXIT.badInput) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** The exit code of a command that followed a run to its end. */
export function exitCodeOfRun(status: RunStatus): number {
  if (status === 'success') return EXIT.success;
  return status === 'cancelled' ? EXIT.runCancelled : EXIT.runFailed;
}

/** The exit code of an error. The cause decides where an error only adds words to one of the API. */
export function exitCodeOfError(error: unknown): number {
  if (error instanceof CliError) return error.exitCode;
  if (error instanceof RatError) return exitCodeOfApiError(error);
  if (error instanceof Error && error.name === 'InputError') return EXIT.badInput;
  if (error instanceof Error && error.name === 'FolderError')
    return error.cause instanceof RatError ? exitCodeOfApiError(error.cause) : EXIT.badInput;
  return isFileError(error) ? EXIT.badInput : EXIT.bug;
}

/** Whether the system refused a file that the person has named. */
export function isFileError(error: unknown): error is NodeJS.ErrnoException {
  if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) return false;
  // The error of reading a folder does not name it.
  return 'path' in error || error.code === 'EISDIR';
}

function exitCodeOfApiError(error: RatError): number {
  if (error instanceof InvalidArgumentError) return EXIT.badInput;
  if (error instanceof NotFoundError) return EXIT.notFound;
  if (error instanceof UnauthenticatedError || error instanceof ForbiddenError)
    return EXIT.notAllowed;
  const isRefused =
    error instanceof ConflictError ||
    error instanceof PreconditionError ||
    error instanceof RateLimitError;
  if (isRefused) return EXIT.refused;
  // Without a status there was no answer, or not the whole of it.
  return error.status === 0 || error.status >= 500 ? EXIT.unreachable : EXIT.refused;
}
