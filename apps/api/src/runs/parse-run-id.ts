import { NotFoundError } from '@rat/domain';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The id of a run from a path; NotFoundError for what can be nobody's id, as for an id that is nobody's. */
export function parseRunId(text: string): string {
  if (!UUID.test(text)) throw new NotFoundError('run not found');
  return text.toLowerCase();
}
