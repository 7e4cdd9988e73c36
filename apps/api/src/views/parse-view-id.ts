import { NotFoundError } from '@rat/domain';
import { z } from 'zod';

/** The view id of a path. Throws NotFoundError for text that is no id, as for an unknown one. */
export function parseViewId(text: string): string {
  const id = z.uuid().safeParse(text);
  if (!id.success) throw new NotFoundError('view not found');
  return id.data;
}
