import type { IncomingMessage } from 'node:http';
import { uploadQuery } from '@rat/contracts';
import { InputError } from '@rat/domain';
import type { LandingDeps } from './landing-deps.ts';
import { clientGone } from '../http/client-gone.ts';
import { HttpError } from '../http/http-error.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { openFormFile, type FormFile } from '../http/open-form-file.ts';
import { parseInput } from '../http/parse-input.ts';
import { parseZone } from './parse-landing-params.ts';
import { upload } from '../runner-client/upload.ts';

/** The file name, from the query or from the form. */
const fileName = uploadQuery.pick({ name: true });

/** Bytes that a form may have in addition to its file. */
const FORM_MAX_BYTES = 64 * 1024;

/**
 * POST /api/v1/landing-zones/{namespace}/{zone}/files: stores the body, of any content type, as the
 * file `?name=…` of the zone. A multipart form stores its single file. The file appears complete or
 * not at all. 201; 409 when the name is taken, unless `replace=true`; 413 when the file is too
 * large.
 */
export function uploadLandingFileRoute(deps: LandingDeps): HandledOperation<'uploadLandingFile'> {
  return handleOperation('uploadLandingFile', async (req, res, { query }) => {
    const signal = clientGone(res);
    let form: FormFile | undefined;
    try {
      refuseEncoded(req);
      const isForm = req.is('multipart/form-data') !== false;
      const maxBytes = deps.uploadMaxBytes + (isForm ? FORM_MAX_BYTES : 0);
      if (Number(req.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(deps);
      const zone = await parseZone(deps, req.params);
      // Do not close the connection when the loop stops early: the client must still get the
      // refusal.
      const body = req.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
      if (isForm) form = await openFormFile(req.headers, body);
      const target = {
        ...query,
        name: parseInput(fileName, { name: query.name ?? form?.filename }).name,
      };
      const content = limited(deps, form?.content ?? body);
      const file = await upload(deps, { ...zone, ...target }, content, signal);
      res.status(201).json(file);
    } catch (error) {
      throw signal.aborted ? aborted(error) : error;
    } finally {
      form?.abandon();
      // Many clients read the response only after they have sent the whole body, so the rest is
      // drained.
      req.resume();
    }
  });
}

/** The bytes are stored unchanged, so a content encoding would become part of the file. */
function refuseEncoded(req: IncomingMessage): void {
  const { 'content-encoding': encoding = 'identity' } = req.headers;
  if (encoding.toLowerCase() === 'identity') return;
  throw new HttpError(415, 'INVALID_ARGUMENT', 'content encoding is not supported');
}

async function* limited(deps: LandingDeps, content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let bytes = 0;
  try {
    for await (const chunk of content) {
      bytes += chunk.length;
      if (bytes > deps.uploadMaxBytes) throw tooLarge(deps);
      yield chunk;
    }
  } catch (error) {
    if (error instanceof HttpError || error instanceof InputError) throw error;
    throw aborted(error);
  }
}

function aborted(cause: unknown): HttpError {
  return new HttpError(400, 'INVALID_ARGUMENT', 'request was aborted', { cause });
}

function tooLarge({ uploadMaxBytes }: LandingDeps): HttpError {
  const message = `a file may have at most ${uploadMaxBytes / 1024 / 1024} MB`;
  return new HttpError(413, 'INVALID_ARGUMENT', message);
}
