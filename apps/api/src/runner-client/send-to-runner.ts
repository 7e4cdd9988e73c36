import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  doorError,
  fromDoorError,
  UPLOAD_VERB,
  uploadedFile,
  type UploadedFile,
  type UploadQuestion,
} from '@rat/contracts';
import { LimitError, UnavailableError } from '@rat/domain';
import { coerceError } from '@rat/runtime';
import { listDoors, type RunnerDoor } from '@rat/store';
import type { AppDeps } from '../app-deps.ts';

/** A sender, or a runner, that moves nothing for this long has gone. */
const IDLE_TIMEOUT_MS = 300_000;

/**
 * Sends a file's content on to a live runner as it comes: no more of it is held than is under way. Another runner is
 * asked while none has said that it takes the file; once the content has begun, it can be sent to nobody else. Throws
 * what the runner refused with, what `content` throws, and UnavailableError.
 */
export async function sendToRunner(
  deps: Pick<AppDeps, 'db' | 'log'>,
  question: UploadQuestion,
  content: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<UploadedFile> {
  let refusal: Error = new UnavailableError(
    'no runner is live that could take it; try again later',
  );
  for (const door of await listDoors(deps.db)) {
    const upload = openUpload(door, question, signal);
    const begun = await begin(deps, door, upload, signal);
    if (begun === 'proceed') return finish(upload, content);
    if (begun instanceof LimitError || !(refusal instanceof LimitError)) refusal = begun;
  }
  throw refusal;
}

interface Upload {
  sent: ClientRequest;
  /** The runner asks for the content. */
  proceed: Promise<'proceed'>;
  answer: Promise<IncomingMessage>;
}

function openUpload(door: RunnerDoor, question: UploadQuestion, signal: AbortSignal): Upload {
  const { replace, ...names } = question;
  const asked = new URLSearchParams({ ...names, replace: String(replace) });
  const sent = request(`${door.url}/${UPLOAD_VERB}?${asked.toString()}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${door.key}`,
      'content-type': 'application/octet-stream',
      'transfer-encoding': 'chunked',
      expect: '100-continue',
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
  // Whoever waits for it is told; when nobody does any more, an error is nobody's.
  answer.catch(() => undefined);
  return { sent, proceed, answer };
}

/** `proceed`; or, as a value, the reason to ask somebody else. */
async function begin(
  { log }: Pick<AppDeps, 'log'>,
  door: RunnerDoor,
  { sent, proceed, answer }: Upload,
  signal: AbortSignal,
): Promise<'proceed' | Error> {
  let first: 'proceed' | IncomingMessage;
  try {
    first = await Promise.race([proceed, answer]);
  } catch (err) {
    signal.throwIfAborted();
    log.warn({ err, door: door.url }, 'runner could not be asked');
    return new UnavailableError('no runner could be reached; try again later', { cause: err });
  }
  if (first === 'proceed') return first;
  const body = await text(first);
  sent.destroy();
  // A runner that was restarted has another key, and will have announced it in a moment.
  if (first.statusCode === 401) {
    return new UnavailableError('no runner could be reached; try again later');
  }
  const error = refusalIn(body);
  if (error instanceof LimitError) return error;
  throw error;
}

async function finish(
  { sent, answer }: Upload,
  content: AsyncIterable<Uint8Array>,
): Promise<UploadedFile> {
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
    // An answer that comes before all was sent is a refusal.
    const response = await Promise.race([answer, sending.then(() => answer)]);
    const body = await text(response);
    if (response.statusCode !== 200) throw refusalIn(body);
    return uploadedFile.parse(JSON.parse(body));
  } catch (error) {
    if (broken !== undefined) throw broken;
    if (!isNetworkError(error)) throw error;
    throw new UnavailableError('the runner went away; try again later', { cause: error });
  } finally {
    sent.destroy();
    // Not waited for: it ends with the sender's next byte, and the sender may be slow.
    sending.catch(() => undefined);
  }
}

function refusalIn(body: string): Error {
  return fromDoorError(doorError.parse(JSON.parse(body)));
}

/** What the system and Node call by a code: a cut connection, a premature end. */
function isNetworkError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}
