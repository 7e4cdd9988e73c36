import { open } from 'node:fs/promises';

/** Makes durable what a file holds, or which names a folder has. */
export async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
