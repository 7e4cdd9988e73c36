import { InputError, type Precondition } from '@rat/domain';
import type { Request, Response } from 'express';

/** The next entity tag of a list (RFC 9110 8.8.3), weak or strong. A list may have empty elements. */
const ELEMENT = /^[ \t,]*((?:W\/)?"[\x21\x23-\x7e\x80-\xff]*")[ \t]*(?=,|$)/;

/** More than a client can have read of one thing. */
const TAGS_MAX = 100;

/**
 * The state that a write expects, from `If-Match` and `If-None-Match`. Throws InputError for a header
 * that is not one of them: a precondition that the API does not understand must not be ignored.
 *
 * @example
 * await putPipeline(db, ref, content, { precondition: parsePrecondition(req) });
 */
export function parsePrecondition(req: Pick<Request, 'get'>): Precondition {
  const match = req.get('If-Match')?.trim();
  const none = req.get('If-None-Match')?.trim();
  if (none !== undefined && none !== '*') {
    throw new InputError('If-None-Match of a write must be *, which only creates');
  }
  return {
    match: match === undefined ? undefined : match === '*' ? 'any' : parseTags(match),
    isAbsent: none === '*',
  };
}

function parseTags(header: string): string[] {
  const tags: string[] = [];
  let rest = header;
  do {
    const [element = '', tag] = ELEMENT.exec(rest) ?? [];
    if (tag === undefined || tags.length === TAGS_MAX) {
      throw new InputError(
        'If-Match must be * or entity tags in their quotes, as the header ETag of an answer has them',
      );
    }
    tags.push(tag);
    rest = rest.slice(element.length);
  } while (/[^ \t,]/.test(rest));
  return tags;
}

/** Names the answer's content, for `If-Match` of a later write. */
export function setTag(res: Response, tag: string): void {
  // The tag covers the content and not the figures beside it, such as the number of runs. So it must
  // not turn an answer into a 304, as Express would.
  delete res.req.headers['if-none-match'];
  res.set('ETag', tag);
}
