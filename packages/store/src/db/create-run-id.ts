import { randomBytes } from 'node:crypto';

const COUNTER_MAX = 0xfff;
const HALF_OF_COUNTER = 0x7ff;

let lastMs = 0;
let counter = 0;

/**
 * A UUID of version 7 (RFC 9562, 6.2, method 1): 48 bits of milliseconds, a 12-bit counter, 62
 * random bits. The ids of one process sort in the order of their creation.
 */
export function createRunId(): string {
  const random = randomBytes(10);
  const now = Date.now();
  if (now > lastMs) {
    lastMs = now;
    counter = random.readUInt16BE(0) & HALF_OF_COUNTER;
  } else if (counter < COUNTER_MAX) {
    counter += 1;
  } else {
    lastMs += 1;
    counter = 0;
  }
  const time = lastMs.toString(16).padStart(12, '0');
  const variant = (0x8000 | (random.readUInt16BE(2) & 0x3fff)).toString(16);
  return [
    time.slice(0, 8),
    time.slice(8),
    `7${counter.toString(16).padStart(3, '0')}`,
    variant,
    random.toString('hex', 4),
  ].join('-');
}
