import { SANDBOX_LEVELS, type Readiness, type SandboxLevel } from '@rat/contracts';
import { coerceError, withDeadline } from '@rat/runtime';
import { checkWrites, countLiveRunners, listSandboxes } from '@rat/store';
import type { SystemDeps } from './system-deps.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';

const CHECK_TIMEOUT_MS = 2_000;

/** Minimum time between two write checks, for any number of load balancers. */
const WRITES_KNOWN_MS = 1_000;

/**
 * GET /health/ready: 200 when a run that is created now would be executed; otherwise 503 with the
 * failed checks. A stranger learns no more than the verdict.
 */
export function healthReadyRoute(deps: SystemDeps): HandledOperation<'getReadiness'> {
  const writes = {
    postgres: keptFor(WRITES_KNOWN_MS, () => checkWrites(deps.db)),
    queue: keptFor(WRITES_KNOWN_MS, () => deps.queue.checkWrites()),
  };
  return handleOperation('getReadiness', async (req, res) => {
    const [answer, isBare] = await Promise.all([
      checkReadiness(deps, writes),
      deps.signIn.isStranger(req, () => deps.rates.countFailure(req)),
    ]);
    const { status } = answer;
    res.status(status === 'ok' ? 200 : 503).json(isBare ? { status } : answer);
  });
}

type Checks = NonNullable<Readiness['checks']>;
type ServiceCheck = Checks['postgres'];

async function checkReadiness(
  { db, queue, log }: SystemDeps,
  writes: { postgres: () => Promise<void>; queue: () => Promise<void> },
): Promise<Readiness> {
  /** Undefined when the check failed. The reason is logged, not sent to the client. */
  const check = async <T>(what: string, ask: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await withDeadline(ask(), CHECK_TIMEOUT_MS);
    } catch (error) {
      log.warn({ err: coerceError(error), what }, 'readiness check failed');
      return undefined;
    }
  };
  const checkService = async (
    what: 'postgres' | 'queue',
    read: () => Promise<unknown>,
  ): Promise<ServiceCheck> => {
    const answers = await check(what, async () => {
      await read();
      return true;
    });
    if (answers !== true) return { status: 'down' };
    const stores = await check(`writes to ${what}`, async () => {
      await writes[what]();
      return true;
    });
    return stores === true ? { status: 'ok' } : { status: 'down', reason: 'takes no writes' };
  };
  const [postgres, tickets, live, sandboxes] = await Promise.all([
    checkService('postgres', () => db.pool.query('SELECT 1')),
    checkService('queue', () => queue.check()),
    check('runners', () => countLiveRunners(db)),
    check('sandboxes', () => listSandboxes(db)),
  ]);
  const checks: Checks = {
    postgres,
    queue: tickets,
    runners: { status: live ? 'ok' : 'down', live: live ?? null },
  };
  const isReady = Object.values(checks).every((one) => one.status === 'ok');
  const sandbox = weakest(sandboxes ?? []);
  return { status: isReady ? 'ok' : 'down', checks, ...(sandbox && { sandbox }) };
}

/**
 * The weakest announced sandbox. A runner of an older version announces none and has none;
 * undefined when no runner announces one.
 */
function weakest(announced: string[]): SandboxLevel | undefined {
  if (announced.every((level) => level === '')) return undefined;
  if (announced.includes('')) return 'process';
  return SANDBOX_LEVELS.find((level) => announced.includes(level));
}

/**
 * Calls `ask` at most once in `ms`. All calls in between share the last result, including a
 * rejection.
 */
function keptFor(ms: number, ask: () => Promise<void>): () => Promise<void> {
  let last: { at: number; answer: Promise<void> } | undefined;
  return () => {
    const now = performance.now();
    if (last === undefined || now - last.at > ms) {
      last = { at: now, answer: ask() };
      // A caller may have timed out already, so handle the rejection here.
      last.answer.catch(() => undefined);
    }
    return last.answer;
  };
}
