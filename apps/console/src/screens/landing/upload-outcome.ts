/** What became of a file that was sent. `taken`: the zone has other content under this name. */
export type UploadOutcome =
  | { kind: 'done' }
  | { kind: 'cancelled' }
  | { kind: 'taken'; message: string }
  | { kind: 'failed'; message: string; isSignedOut?: boolean };

export function isErrorBody(body: unknown): body is { error: { message: string } } {
  if (typeof body !== 'object' || body === null || !('error' in body)) return false;
  const { error } = body;
  return (
    typeof error === 'object' &&
    error !== null &&
    'message' in error &&
    typeof error.message === 'string'
  );
}
