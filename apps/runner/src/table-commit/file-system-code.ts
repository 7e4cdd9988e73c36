/** Error codes of a file system that does not work now. A wrong file has other codes. */
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

/**
 * Returns the code with which the storage refused a file operation; undefined for every other
 * error.
 */
export function fileSystemCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  const code = String(error.code);
  // Errors of sockets have codes too, but no path. EIO without a path is our own error of an absent
  // warehouse.
  const isOfFile =
    'path' in error || ('syscall' in error && !('address' in error)) || code === 'EIO';
  return isOfFile && REFUSALS.has(code) ? code : undefined;
}
