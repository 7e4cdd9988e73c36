import type { ClientRequest, IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  storedUpload,
  UPLOAD_METHOD,
  UPLOAD_NEWS_HEADER,
  type StoredUpload,
  type UploadRequest,
} from '@rat/contracts';
import { UnavailableError } from '@rat/domain';
import { coerceError } from '@rat/runtime';
import type { RunnerEndpoint } from '@rat/store';
import { openRequest } from './open-request.ts';
import { parseRefusal, withRunner, type Reply, type RunnerDeps } from './with-runner.ts';

/** Time without progress after which a client or runner counts as gone. */
const IDLE_TIMEOUT_MS = 300_000;

/**
 * Sends a file's content to a live runner as it arrives, without buffering it. Runners are tried in
 * turn until one accepts the file; after that, the content cannot be sent again. Throws like
 * `withRunner`, and the errors of `content`.
 *
 * @example
 * const target = { namespace: 'shop', zone: 'orders', name: 'july.csv', replace: false };
 * const { bytes, sha256 } = await upload(deps, target, req, clientGone(res));
 */
export async function upload(
  deps: RunnerDeps,
  request: UploadRequest & { isNews?: boolean },
  content: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<StoredUpload> {
  const send = (endpoint: RunnerEndpoint): Promise<Reply<Upload>> =>
    begin(openUpload(endpoint, request, signal));
  return finish(await withRunner(deps, send, { signal, purpose: 'take it' }), content);
}

interface Upload {
  sent: ClientRequest;
  /** Resolves when the runner accepts the file and waits for its content. */
  proceed: Promise<'proceed'>;
  answer: Promise<IncomingMessage>;
}

function openUpload(
  endpoint: RunnerEndpoint,
  { isNews = false, replace, ...names }: UploadRequest & { isNews?: boolean },
  signal: AbortSignal,
): Upload {
  const params = new URLSearchParams({ ...names, replace: String(replace) });
  const sent = openRequest(endpoint, `${UPLOAD_METHOD}?${params.toString()}`, {
    headers: {
      'content-type': 'application/octet-stream',
      'transfer-encoding': 'chunked',
      expect: '100-continue',
      ...(isNews ? { [UPLOAD_NEWS_HEADER]: 'true' } : {}),
    },
    signal,
  });
  sent.setTimeout(IDLE_TIMEOUT_MS, () => {
    sent.destroy(new UnavailableError('the upload stood still; try again later'));
  });
  const proceed = new Promise<'proceed'>((resolve) => {
    sent.once('continue', () => resolve('proceed'));
  });
  const answer = new Promise<IncomingMessage>((resolve, reject) => {
    sent.once('response', resolve);
    sent.on('error', reject);
  });
  // Nothing handles an error after the last wait. An unhandled rejection would end the process.
  answer.catch(() => undefined);
  return { sent, proceed, answer };
}

/** Waits until the runner accepts or refuses the file. Rejects when the connection breaks first. */
async function begin(opened: Upload): Promise<Reply<Upload>> {
  const first = await Promise.race([opened.proceed, opened.answer]);
  if (first === 'proceed') return { kind: 'taken', value: opened };
  const body = await text(first);
  opened.sent.destroy();
  return { kind: 'refused', status: first.statusCode ?? 0, body };
}

async function finish(
  { sent, answer }: Upload,
  content: AsyncIterable<Uint8Array>,
): Promise<StoredUpload> {
  let broken: Error | undefined;
  const sending = pipeline(Readable.from(watch(), { highWaterMark: 1 }), sent);
  async function* watch(): AsyncGenerator<Uint8Array> {
    try {
      yield* content;
    } catch (error) {
      broken = coerceError(error);
      throw broken;
    }
  }
  try {
    // A response before the end of the content is a refusal.
    const response = await Promise.race([answer, sending.then(() => answer)]);
    const body = await text(response);
    if (response.statusCode !== 200) throw parseRefusal(body);
    return storedUpload.parse(JSON.parse(body));
  } catch (error) {
    if (broken !== undefined) throw broken;
    if (!isNetworkError(error)) throw error;
    throw new UnavailableError('the runner went away; try again later', { cause: error });
  } finally {
    sent.destroy();
    // Not awaited: it ends with the client's next byte, and the client may be slow.
    sending.catch(() => undefined);
  }
}

/** Whether the error has a code, as Node's connection errors do. */
function isNetworkError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}
