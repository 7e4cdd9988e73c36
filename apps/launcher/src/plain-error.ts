import { coerceError } from '@rat/runtime';

/** The meaning of a system error for the person at the terminal, by its code. */
const MEANINGS: Record<string, string> = {
  EACCES: 'this user lacks the permission',
  EADDRINUSE: 'the port is taken by another program; set another one',
  EADDRNOTAVAIL: 'this machine has no such address; set HOST to one that it has',
  EDQUOT: 'the disk quota of this user is used up; free some space',
  EEXIST: 'a file of that name already exists',
  EIO: 'the disk does not answer',
  EISDIR: 'a folder is where a file should be',
  ELOOP: 'the path contains a loop of symbolic links',
  EMFILE: 'too many files are open; raise the limit of open files',
  ENAMETOOLONG: 'the path is too long',
  ENFILE: 'the machine has too many open files',
  ENOENT: 'the file or folder does not exist',
  ENOSPC: 'the disk is full; free some space',
  ENOTDIR: 'a file is where a folder should be',
  ENOTFOUND: 'there is no host of that name',
  EPERM: 'the system does not allow that',
  EROFS: 'the disk is read-only',
};

/**
 * Formats an error of the operating system as one line: the call, its path or address, and the
 * meaning. undefined for every other error. For the operator's terminal only, because it contains a
 * path.
 */
export function describeSystemError(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  const code = String(error.code);
  const meaning = MEANINGS[code];
  if (meaning === undefined) return undefined;
  const what = 'syscall' in error ? `${String(error.syscall)} ` : '';
  const where =
    'path' in error ? String(error.path) : 'address' in error ? String(error.address) : '';
  return `${what}${where}: ${meaning} (${code})`.replace(/^: /, '');
}

/** Formats any error as one line, without its stack. */
export function plainLine(error: unknown): string {
  const { message } = coerceError(error);
  return describeSystemError(error) ?? (message.split('\n', 1)[0] || 'an unknown error');
}

/** Formats a service's log for a person: the messages of JSON lines, without stack traces. */
export function plainLog(text: string): string {
  return text
    .split('\n')
    .filter((line) => !/^\s+at /.test(line))
    .map(plainLogLine)
    .join('\n');
}

function plainLogLine(line: string): string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    return line;
  }
  if (typeof parsed !== 'object' || parsed === null || !('msg' in parsed)) return line;
  const cause = 'err' in parsed && isObject(parsed.err) ? parsed.err['message'] : undefined;
  return typeof cause === 'string' ? `${String(parsed.msg)}: ${cause}` : String(parsed.msg);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
