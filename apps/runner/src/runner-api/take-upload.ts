import type { IncomingMessage } from 'node:http';
import { UPLOAD_NEWS_HEADER, uploadRequest, type StoredUpload } from '@rat/contracts';
import {
  findTakenTarget,
  receiveLandingFile,
  receiveSameFile,
  renewLandingFile,
  type ReceivedFile,
} from '@rat/storage';
import { findLandingZone, type Database } from '@rat/store';
import {
  checkableFormat,
  takeCheckedUpload,
  type CheckedUploadDeps,
} from '../landing/take-checked-upload.ts';
import { presentFile } from './list-landing.ts';

/** What taking an upload needs. */
export interface UploadDeps extends CheckedUploadDeps {
  db: Database;
}

/** The request that carries a file. */
export interface UploadCall {
  query: URLSearchParams;
  req: IncomingMessage;
  /** Requests the body from the client, after all checks that need no body. */
  proceed: () => void;
  /** Aborts when the caller has left. */
  signal: AbortSignal;
}

/**
 * Receives a landing file whose content is the request's body; the very same content under the same
 * name is accepted again. Throws ConflictError for other content under that name,
 * UnprocessableError for a file that does not fit the zone, and the error of an interrupted request;
 * no file stays then.
 */
export async function takeUpload(deps: UploadDeps, call: UploadCall): Promise<StoredUpload> {
  const { sha256, ...file } = await receive(deps, call);
  return { ...presentFile(file), sha256 };
}

async function receive(
  deps: UploadDeps,
  { query, req, proceed, signal }: UploadCall,
): Promise<ReceivedFile> {
  const target = uploadRequest.parse(Object.fromEntries(query));
  const taken = await findTakenTarget(deps.landing, target);
  const { namespace, zone } = target;
  const settings = await findLandingZone(deps.db, { namespace, name: zone });
  const expected = settings?.expectedColumns;
  const format = expected && checkableFormat(target);
  proceed();
  try {
    // Leaving the loop early must not close the connection: the error response still uses it.
    const content = req.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
    const same = taken && (await receiveSameFile(deps.landing, target, taken, content));
    const isNews = req.headers[UPLOAD_NEWS_HEADER] === 'true';
    if (same !== undefined)
      return isNews ? await renewLandingFile(deps.landing, target, same) : same;
    if (expected === undefined || format === undefined) {
      return await receiveLandingFile(deps.landing, target, content);
    }
    return await takeCheckedUpload(deps, target, { format, expected }, { content, signal });
  } finally {
    req.resume();
  }
}
