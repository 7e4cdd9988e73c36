import { NotFoundError } from '@rat/domain';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * The run id of a path. Throws NotFoundError for text that is not a valid id, as for an unknown
 * one.
 */
export function parseRunId(text: string): string {
  if (!UUID.test(text)) throw new NotFoundError('run not found');
  return text.toLowerCase();
}
