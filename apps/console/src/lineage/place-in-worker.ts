import { trustedUrl } from '../trusted-url.ts';
import type { PlacedBoxes, PlacingOrder } from './place-boxes.ts';
// oxlint-disable-next-line import/default -- Vite makes the address of the built worker
import workerUrl from './placing-worker.ts?worker&url';

/** Places boxes in a worker of its own, which ends with its answer or with `signal`. */
export async function placeInWorker(
  order: PlacingOrder,
  signal: AbortSignal,
): Promise<PlacedBoxes> {
  signal.throwIfAborted();
  const worker = new Worker(trustedUrl(workerUrl), { type: 'module' });
  try {
    return await new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      worker.addEventListener('message', ({ data }: MessageEvent<PlacedBoxes>) => resolve(data));
      worker.addEventListener('error', () => reject(new Error('the graph could not be placed')));
      worker.postMessage(order);
    });
  } finally {
    worker.terminate();
  }
}
