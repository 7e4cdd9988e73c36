import { createBullBoard } from '@bull-board/api';
import { ExpressAdapter } from '@bull-board/express';
import type { Access } from '@rat/contracts';
import { UnavailableError } from '@rat/domain';
import { queueName, type RunQueue } from '@rat/queue';
import { coerceError } from '@rat/runtime';
import { countTicketless, listPoolNames } from '@rat/store';
import { Router, type Express } from 'express';
import { toErrorAnswer } from '../http/error-envelope.ts';
import { HttpError } from '../http/http-error.ts';
import { showReason, TicketAdapter } from './show-tickets.ts';
import type { SystemDeps } from './system-deps.ts';

/**
 * The content security policy of the board's page. It allows no third party, which would learn who
 * visits, and would delay the page where the web is unreachable.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * Maximum age of static files: names of scripts and styles contain a hash, names of images do not.
 */
const STATIC_MAX_AGE_SECONDS = 3_600;

/** It shows the tickets of all namespaces, and the names of runners. */
export const BOARD_ACCESS: Access = { role: 'operator', namespace: 'all' };

const ALLOW = 'GET, HEAD, OPTIONS';

type Queue = RunQueue['bullQueue'];

/**
 * A read-only view of the queues of all pools. Actions on a run belong to the API, which records
 * them in Postgres; a button here would only move tickets. `path` is the path at which the router
 * is mounted.
 */
export function createBoard(options: SystemDeps & { path: string }): Router {
  const adapter = new ExpressAdapter().setBasePath(options.path);
  const board = createBullBoard({
    queues: [],
    serverAdapter: adapter,
    options: {
      uiConfig: {
        boardTitle: 'RAT Runs',
        hideRedisDetails: true,
        hideDocsLink: true,
        showWorkers: false,
        pollingInterval: { forceInterval: 10 },
      },
      handlerHooks: {
        after: (_context, result) => ({ ...result, body: withoutReasons(result.body) }),
      },
    },
  });
  // The board's own handler returns the error's text, which may name hosts.
  adapter.setErrorHandler((error) => {
    options.log.warn({ err: coerceError(error) }, 'board request failed');
    const { body } = toErrorAnswer(new UnavailableError('the queue is out of reach'));
    // The adapter's type of statuses lacks 503.
    return { status: 500, body };
  });

  const shown = new WeakMap<Queue, TicketAdapter>();
  const adapterOf = (queue: Queue, ticketless: ReadonlyMap<string, number>): TicketAdapter => {
    const known = shown.get(queue) ?? new TicketAdapter(queue);
    known.ticketless = ticketless.get(queue.name) ?? 0;
    shown.set(queue, known);
    return known;
  };

  const router = Router();
  router.use((_req, res, next) => {
    res.set('Content-Security-Policy', CONTENT_SECURITY_POLICY);
    next();
  });
  router.use((req, res, next) => {
    if (req.method === 'GET' || req.method === 'HEAD') next();
    else if (req.method === 'OPTIONS') res.set('Allow', ALLOW).status(204).end();
    else {
      const headers = { Allow: ALLOW };
      throw new HttpError(405, 'METHOD_NOT_ALLOWED', 'this board is read-only', { headers });
    }
  });
  // New pools appear with runners and pipelines, which other processes may create.
  router.use('/api', async (_req, _res, next) => {
    const pools = await findPools(options);
    const ticketless = new Map(pools.map(({ pool, runs }) => [queueName(pool), runs]));
    const queues = await options.queue.bullQueuesOf(pools.map(({ pool }) => pool));
    board.replaceQueues(queues.map((queue) => adapterOf(queue, ticketless)));
    next();
  });
  router.use('/static', (_req, res, next) => {
    res.set('Cache-Control', `public, max-age=${STATIC_MAX_AGE_SECONDS}`);
    next();
  });
  router.use((_req, res, next) => {
    const render = res.render.bind(res);
    res.render = (view: string, params?: object) =>
      render(view, params, (error: unknown, page?: string) => {
        if (error === null) res.send(withoutWebFonts(page ?? ''));
        else next(error);
      });
    next();
  });
  // The adapter declares no type; it returns an Express app with Express's defaults.
  const app = adapter.getRouter() as Express;
  app.disable('x-powered-by');
  router.use(app);
  return router;
}

/** The pools in use, and how many of their runs wait without a ticket; none while the database is away. */
async function findPools({ db, log }: SystemDeps): Promise<{ pool: string; runs: number }[]> {
  try {
    const [pools, waiting] = await Promise.all([listPoolNames(db), countTicketless(db)]);
    return pools.map((pool) => ({ pool, runs: waiting.get(pool) ?? 0 }));
  } catch (error) {
    log.warn({ err: coerceError(error) }, 'listing of pools failed');
    return [];
  }
}

/** The page without its stylesheet of fonts from the web. It names fonts of the system besides. */
function withoutWebFonts(page: string): string {
  return page.replace(/^\s*<link href="https:[^>]*>\n/gm, '');
}

/** Fields with an error's text and stack trace. Formatters do not apply to them. */
const REASONS = new Set(['failedReason', 'stacktrace', 'stackTrace']);

function withoutReasons<T>(body: T): T {
  // Copies the body through JSON, its next form anyway. Only the values of these fields are
  // replaced, by values of the same type.
  const text = JSON.stringify(body, (key, value: unknown) => {
    if (!REASONS.has(key) || value === undefined) return value;
    return Array.isArray(value) ? [] : showReason(value);
  });
  return text === undefined ? body : (JSON.parse(text) as T);
}
