import { findHiddenInText } from '@rat/domain';
import { z } from 'zod';
import { words } from './cancel.ts';

const MESSAGE_MAX_LENGTH = 500;

/** Why a version was made. It is no part of the content; an empty one counts as absent. */
const message = z
  .string({ error: 'must be a string' })
  .trim()
  .superRefine((text, context) => {
    const hidden = findHiddenInText(text);
    if ([...text].length > MESSAGE_MAX_LENGTH) {
      const limit = `must be at most ${MESSAGE_MAX_LENGTH} characters`;
      context.addIssue({ code: 'custom', message: limit });
    } else if (hidden !== undefined) {
      const found = `must not contain the character ${hidden}, which a reader cannot see`;
      context.addIssue({ code: 'custom', message: found });
    }
  })
  .nullish();

/** Who makes a version and why. The header `X-Requested-By` wins over `requested_by`. */
export const versionNote = z
  .strictObject({ message, requested_by: words.nullish() })
  .meta({ id: 'VersionNote' });
export type VersionNoteBody = z.infer<typeof versionNote>;
