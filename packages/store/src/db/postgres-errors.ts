/**
 * SQLSTATEs after which the same statement may succeed later:
 * - connection failures (08), and a session that was ended because it was idle (25P03, 57P05);
 * - a read-only server or transaction: a standby, or an operator's switch (25006);
 * - insufficient resources: disk full, out of memory, too many connections (53);
 * - a statement that exceeded its time (57014): the server is busy, or another transaction holds a lock;
 * - a server that stops, starts or recovers, or drops the database (57P01 to 57P04);
 * - a failing disk (58030).
 */
const DOWN_STATES = /^(08...|25006|25P03|53...|57014|57P0[1-5]|58030)$/;

/**
 * Codes of Node's socket errors, and Prisma's codes for an unreachable database and for a transaction that found no free
 * connection or exceeded its time.
 */
const DOWN_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'P1001',
  'P1002',
  'P1008',
  'P1017',
  'P2024',
  'P2028',
]);

/** Messages of connection errors that `pg` throws without a code. */
const DOWN_MESSAGES =
  /timeout exceeded when trying to connect|Query read timeout|Connection terminated|connection error/i;

/** Kinds of connection errors in Prisma’s driver adapter, which keeps neither code nor message. */
const DOWN_KINDS = new Set(['DatabaseNotReachable', 'ConnectionClosed', 'SocketTimeout']);

/**
 * Classes of SQLSTATE that are the fault of the statement: data (22), constraints (23), deadlock
 * (40), a raised exception (P0).
 */
const REFUSED_STATES = /^(22|23|40|P0)...$/;

/**
 * Whether a statement failed because Postgres was unreachable or unavailable, so that the same
 * statement may succeed later.
 */
export function isDatabaseDown(error: unknown): boolean {
  for (const { code, kind, message } of failuresIn(error)) {
    if (DOWN_CODES.has(code) || DOWN_STATES.test(code)) return true;
    if (DOWN_KINDS.has(kind) || DOWN_MESSAGES.test(message)) return true;
  }
  return false;
}

/** Whether Postgres refused a statement because of its content. Nothing of it was executed. */
export function isRefused(error: unknown): boolean {
  return failuresIn(error).some(({ code }) => REFUSED_STATES.test(code));
}

/** Whether a statement violated a unique constraint. */
export function isUniqueViolation(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '23505';
}

interface FailureFacts {
  code: string;
  kind: string;
  message: string;
}

/**
 * The facts of an error and all its causes. For a raw statement, Prisma keeps the driver’s error in
 * `meta`.
 */
function failuresIn(error: unknown): FailureFacts[] {
  const facts: FailureFacts[] = [];
  for (let one: unknown = error; isObject(one); one = causeOf(one)) {
    const { originalCode, code, kind, message } = one;
    facts.push({
      code: textOf(originalCode ?? code),
      kind: textOf(kind),
      message: textOf(message),
    });
  }
  return facts;
}

function causeOf(one: Record<string, unknown>): unknown {
  const { cause, meta } = one;
  return cause ?? (isObject(meta) ? meta['driverAdapterError'] : undefined);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
