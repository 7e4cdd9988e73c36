import type { IncomingMessage } from 'node:http';
import { uploadQuery } from '@rat/contracts';
import type { RequestHandler } from 'express';
import type { AppDeps } from '../app-deps.ts';
import { clientGone } from '../http/client-gone.ts';
import { HttpError } from '../http/http-error.ts';
import { parseInput } from '../http/parse-input.ts';
import { parseZone, type ZoneParams } from '../parse-landing-params.ts';
import { sendToRunner } from '../send-to-runner.ts';

/**
 * POST /api/v1/landing-zones/{namespace}/{zone}/files?name=…: the body, of any content type, becomes a file of the zone,
 * whole or not at all. 201; 409 when the name is taken, unless `replace=true`; 413 for more than a file may have.
 */
export function uploadLandingFileRoute(
  deps: Pick<AppDeps, 'db' | 'log' | 'uploadMaxBytes'>,
): RequestHandler<ZoneParams> {
  return async (req, res) => {
    const signal = clientGone(res);
    try {
      refuseOtherForms(req);
      if (Number(req.headers['content-length'] ?? 0) > deps.uploadMaxBytes) throw tooLarge(deps);
      const { name, replace } = parseInput(uploadQuery, req.query);
      const question = { ...(await parseZone(deps, req.params)), name, replace };
      const file = await sendToRunner(deps, question, limited(deps, req), signal);
      res.status(201).json(file);
    } catch (error) {
      throw signal.aborted ? aborted(error) : error;
    } finally {
      // A client that is refused hears of it when it has sent the rest; cut off, it might not.
      req.resume();
    }
  };
}

/** The file is taken as it is sent: an envelope, or compression, would become part of it. */
function refuseOtherForms(req: IncomingMessage): void {
  const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = req.headers;
  if (type.trim().toLowerCase().startsWith('multipart/')) {
    const message = 'send the file itself as the body, and its name as ?name=; no form';
    throw new HttpError(415, 'INVALID_ARGUMENT', message);
  }
  if (encoding.toLowerCase() !== 'identity') {
    throw new HttpError(415, 'INVALID_ARGUMENT', 'content encoding is not supported');
  }
}

async function* limited(
  deps: Pick<AppDeps, 'uploadMaxBytes'>,
  req: IncomingMessage,
): AsyncGenerator<Buffer> {
  let bytes = 0;
  try {
    const chunks = req.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
    for await (const chunk of chunks) {
      bytes += chunk.length;
      if (bytes > deps.uploadMaxBytes) throw tooLarge(deps);
      yield chunk;
    }
  } catch (error) {
    if (error instanceof HttpError) throw error;
    throw aborted(error);
  }
}

function aborted(cause: unknown): HttpError {
  return new HttpError(400, 'INVALID_ARGUMENT', 'request was aborted', { cause });
}

function tooLarge({ uploadMaxBytes }: Pick<AppDeps, 'uploadMaxBytes'>): HttpError {
  const message = `a file may have at most ${uploadMaxBytes / 1024 / 1024} MB`;
  return new HttpError(413, 'INVALID_ARGUMENT', message);
}
