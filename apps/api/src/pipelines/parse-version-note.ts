import type { VersionNoteBody } from '@rat/contracts';
import type { VersionNote } from '@rat/store';
import { parseRequestedBy, type SentRequest } from '../http/requested-by.ts';

/** The author of a version and the reason for it. Throws InputError. */
export function parseVersionNote(req: SentRequest, body: VersionNoteBody): VersionNote {
  const { message } = body;
  return {
    author: parseRequestedBy(req, body),
    message: message === '' ? undefined : (message ?? undefined),
  };
}
