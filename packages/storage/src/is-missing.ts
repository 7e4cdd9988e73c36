/**
 * Whether an error says that a file or folder is not there. By code alone: Node's own errors are not of this realm's Error
 * class under every host.
 */
export function isMissing(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT';
}
