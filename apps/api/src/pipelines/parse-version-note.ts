import type { VersionNoteBody } from '@rat/contracts';
import type { Writing } from '@rat/store';
import { confinedTo } from '../http/caller.ts';
import { parseRequestedBy, type SentRequest } from '../http/requested-by.ts';

/** The author of a version, the reason for it, and what its author may read. Throws InputError. */
export function parseVersionNote(req: SentRequest, body: VersionNoteBody): Writing {
  const { message } = body;
  return {
    author: parseRequestedBy(req, body),
    mayRead: confinedTo(req),
    message: message === '' ? undefined : (message ?? undefined),
  };
}
