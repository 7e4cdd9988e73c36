import { randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import {
  ARCHIVED_LOG_METHOD,
  RUNNER_METHODS,
  isRunnerMethod,
  NO_SUCH_METHOD,
  toRunnerApiError,
  toSecureKey,
  UPLOAD_METHOD,
  type RunnerMethod,
} from '@rat/contracts';
import { InputError, NotFoundError } from '@rat/domain';
import type { LogArchive } from '@rat/storage';
import { coerceError, type Logger } from '@rat/runtime';
import type { RunnerEndpoint } from '@rat/store';
import { acceptSecure } from './accept-secure.ts';
import type { RunnerMethodHandlers } from './runner-method-handlers.ts';
import { RowsAnswer } from './rows-answer.ts';
import { readArchivedLog } from './read-archived-log.ts';
import { takeUpload, type UploadDeps } from './take-upload.ts';

/** The runner's HTTP API, which listens. */
export interface RunnerApiServer extends RunnerEndpoint {
  /** Stops listening and closes all connections. */
  close: () => Promise<void>;
}

interface RunnerApiParts {
  answers: RunnerMethodHandlers;
  uploads: UploadDeps;
  /** The logs of ended runs. */
  logs: LogArchive;
  log: Logger;
}

/** The time for the head of a request, before the key is checked. */
const HEADERS_TIMEOUT_MS = 10_000;

const REQUEST_MAX_BYTES = 2 * 1024 * 1024;

/** Starts the HTTP server and makes its key. Throws the error of the system when it cannot listen. */
export async function serveRunnerApi(
  options: RunnerApiParts & { host: string; port: number },
): Promise<RunnerApiServer> {
  const key = toSecureKey(randomBytes(32));
  // An upload takes as long as its sender needs; who only opens connections gets no time.
  const server = createServer({ requestTimeout: 0, headersTimeout: HEADERS_TIMEOUT_MS });
  server.on('request', (req, res) => {
    void answerRequest(options, key, { req, res, proceed: () => undefined });
  });
  server.on('checkContinue', (req, res) => {
    void answerRequest(options, key, { req, res, proceed: () => res.writeContinue() });
  });
  const closeSilent = acceptSecure(server, key);
  server.listen(options.port, options.host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = `http://${reachableHost(options.host)}:${port}`;
  return {
    url,
    key,
    close: () => {
      closeSilent();
      return close(server);
    },
  };
}

/** The address for others. No one can connect to the address of all interfaces, so it becomes the name of this host. */
function reachableHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return hostname();
  return host.includes(':') ? `[${host}]` : host;
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeAllConnections();
  await closed;
}

interface Asked {
  req: IncomingMessage;
  res: ServerResponse;
  /** Answers `Expect: 100-continue`, so that the sender starts with the body. */
  proceed: () => void;
}

async function answerRequest(
  { answers, uploads, logs, log }: RunnerApiParts,
  key: string,
  { req, res, proceed }: Asked,
): Promise<void> {
  const gone = new AbortController();
  res.once('close', () => gone.abort());
  try {
    if (!isKey(req.headers.authorization, key)) {
      res.writeHead(401, { connection: 'close' }).end();
      return;
    }
    const [method = '', search = ''] = (req.url ?? '').slice(1).split('?', 2);
    if (req.method === 'POST' && method === UPLOAD_METHOD) {
      const { signal } = gone;
      const query = new URLSearchParams(search);
      send(res, 200, await takeUpload(uploads, { query, req, proceed, signal }));
      return;
    }
    if (req.method === 'POST' && method === ARCHIVED_LOG_METHOD) {
      proceed();
      await readArchivedLog(logs, await readJson(req), res);
      return;
    }
    if (req.method !== 'POST' || !isRunnerMethod(method)) throw new NotFoundError(NO_SUCH_METHOD);
    proceed();
    const answered = await answer(answers, method, await readJson(req), gone.signal);
    if (answered instanceof RowsAnswer) await answered.send(res);
    else send(res, 200, answered);
  } catch (error) {
    if (gone.signal.aborted) return;
    const told = toRunnerApiError(error);
    if (told.kind === 'internal') log.error({ err: coerceError(error) }, 'request not answered');
    // Part of the answer has left; a broken connection is the only way to report the error.
    if (res.headersSent) res.destroy();
    else send(res, 400, told);
  }
}

function isKey(header: string | undefined, key: string): boolean {
  const given = Buffer.from(header ?? '');
  const wanted = Buffer.from(`Bearer ${key}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function answer(
  answers: RunnerMethodHandlers,
  method: RunnerMethod,
  body: unknown,
  signal: AbortSignal,
): Promise<unknown> {
  const request: unknown = RUNNER_METHODS[method].request.parse(body);
  // The cast: the schema of this method has just parsed the request.
  const handler = answers[method] as (asked: unknown, signal: AbortSignal) => Promise<unknown>;
  return handler(request, signal);
}

async function readJson(req: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > REQUEST_MAX_BYTES) throw new InputError('the request is too large');
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown;
}

function send(res: ServerResponse, status: number, body: unknown): void {
  res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
