/**
 * Whether an error means that a file or folder does not exist. Checks the code only: under Jest,
 * errors of Node's modules are not instances of this realm's Error.
 */
export function isMissing(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT';
}
