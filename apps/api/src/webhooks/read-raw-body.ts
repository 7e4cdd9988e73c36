import { raw, type Request, type RequestHandler, type Response } from 'express';

const LIMIT = '1mb';

/** A compressed body is refused: its signature is about bytes that the sender had before. */
const readRaw = raw({ type: () => true, limit: LIMIT, inflate: false });

/** Reads a body of up to 1 MiB, of any media type, as its bytes. Rejects with the refusal of a larger one. */
export async function readRawBody<P>(req: Request<P>, res: Response): Promise<Uint8Array> {
  await new Promise<void>((resolve, reject) => {
    // The cast is safe: the reader uses no path parameter.
    (readRaw as RequestHandler<P>)(req, res, (error: unknown) => {
      if (error === undefined) resolve();
      else reject(error instanceof Error ? error : new Error('body not read', { cause: error }));
    });
  });
  const bytes: unknown = req.body;
  return bytes instanceof Uint8Array ? bytes : new Uint8Array();
}
