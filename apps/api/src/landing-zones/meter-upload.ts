import { QuotaError } from '@rat/domain';
import { coerceError } from '@rat/runtime';
import { findUploadQuota, reserveUpload, returnUpload } from '@rat/store';
import type { LandingDeps } from './landing-deps.ts';

/** What is reserved at a time for an upload of unknown length. Smaller steps would mean more statements. */
const STEP_BYTES = 8 * 1024 * 1024;

/** A part of the quota, and the day that it was taken of. */
interface Reserved {
  bytes: number;
  window: Date;
}

/**
 * Passes the content of an upload on to `store` and counts it for the quota of its namespace. Bytes are reserved before they
 * are read: uploads at the same time do not exceed the quota together. What was reserved and not read is given back, and
 * everything when `store` fails. Throws QuotaError when the quota has no room, also in the middle of an upload of unknown length.
 *
 * @example
 * const stored = await meterUpload(deps, { namespace, content, bytes: length }, (metered) => save(metered));
 */
export async function meterUpload<T>(
  { db, log }: Pick<LandingDeps, 'db' | 'log'>,
  upload: {
    namespace: string;
    content: AsyncIterable<Buffer>;
    /** The length, when the sender states it. */
    bytes: number | undefined;
  },
  store: (content: AsyncIterable<Buffer>) => Promise<T>,
): Promise<T> {
  const { namespace, content, bytes: stated } = upload;
  if ((await findUploadQuota(db, namespace)) === undefined) return store(content);
  const reserved: Reserved[] = [];
  let granted = 0;
  let read = 0;

  const tryReserve = async (bytes: number): Promise<boolean> => {
    const window = await reserveUpload(db, namespace, bytes);
    if (window === undefined) return false;
    reserved.push({ bytes, window });
    granted += bytes;
    return true;
  };
  const reserve = async (bytes: number, step = bytes): Promise<void> => {
    // The rest of a quota may be less than a step.
    if ((await tryReserve(Math.max(bytes, step))) || (await tryReserve(bytes))) return;
    const quota = await findUploadQuota(db, namespace);
    if (quota !== undefined) throw new QuotaError(quota, new Date());
    // The quota was taken away meanwhile.
    granted = Infinity;
  };
  async function* metered(): AsyncGenerator<Buffer> {
    for await (const chunk of content) {
      read += chunk.length;
      if (read > granted) await reserve(read - granted, STEP_BYTES);
      yield chunk;
    }
  }
  const giveBack = async (bytes: number): Promise<void> => {
    let left = bytes;
    for (const part of reserved.toReversed()) {
      const back = Math.min(left, part.bytes);
      if (back > 0) await returnUpload(db, namespace, { bytes: back, window: part.window });
      left -= back;
    }
  };

  if (stated !== undefined && stated > 0) await reserve(stated);
  let isStored = false;
  try {
    const stored = await store(metered());
    isStored = true;
    return stored;
  } finally {
    const unused = isStored ? Math.max(0, granted - read) : granted;
    await giveBack(unused).catch((error: unknown) => {
      log.warn({ err: coerceError(error), namespace }, 'reserved upload bytes not given back');
    });
  }
}
