import type { VersionNoteBody } from '@rat/contracts';
import type { VersionNote } from '@rat/store';
import type { Request } from 'express';
import { parseRequestedBy } from '../http/requested-by.ts';

/** The author of a version and the reason for it. Throws InputError. */
export function parseVersionNote(req: Pick<Request, 'get'>, body: VersionNoteBody): VersionNote {
  const { message } = body;
  return {
    author: parseRequestedBy(req, body),
    message: message === '' ? undefined : (message ?? undefined),
  };
}
