/**
 * SQLSTATE classes that mean "the server is not there for us now": connection trouble (08), too many connections
 * (53300), the server stops or starts (57P01–57P03).
 */
const DOWN_STATES = /^(08...|53300|57P0[1-3])$/;

/** Codes of Node's own socket errors, and of Prisma's "cannot reach the database". */
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
]);

/** Messages by which `pg` says it without a code. */
const DOWN_MESSAGES =
  /timeout exceeded when trying to connect|Connection terminated|connection error/i;

/** Whether a statement failed because Postgres could not be reached, so that the same statement may succeed later. */
export function isDatabaseDown(error: unknown): boolean {
  for (let one: unknown = error; one instanceof Error; one = one.cause) {
    const code = 'code' in one ? String(one.code) : '';
    if (DOWN_CODES.has(code) || DOWN_STATES.test(code) || DOWN_MESSAGES.test(one.message))
      return true;
  }
  return false;
}

/** Whether a statement was refused because another row has that key. */
export function isUniqueViolation(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '23505';
}
