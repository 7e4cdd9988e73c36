/** Codes of a file system that does not work now; a file that is wrong has other ones. */
const REFUSALS = new Set([
  'EACCES',
  'EBUSY',
  'EDQUOT',
  'EIO',
  'EMFILE',
  'ENFILE',
  'ENODEV',
  'ENOSPC',
  'ENOTCONN',
  'ENXIO',
  'EPERM',
  'EROFS',
  'ESTALE',
  'ETIMEDOUT',
]);

/** The code with which the storage refused a file operation; undefined for every other error. */
export function fileSystemCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  const code = String(error.code);
  // A socket's errors have codes too; only a file operation has a path, and our own error of an absent warehouse has none.
  const isOfFile =
    'path' in error || ('syscall' in error && !('address' in error)) || code === 'EIO';
  return isOfFile && REFUSALS.has(code) ? code : undefined;
}
