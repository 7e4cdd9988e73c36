import { readdir, rmdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isMissing } from './is-missing.ts';
import { LandingZones } from './landing-zones.ts';
import { LocalObjectStore } from './local-object-store.ts';

/** A run links a file that its executor cannot write, and copies any other. */
const UPLOADED_MODE = 0o440;

/**
 * The folders `<root>/<namespace>/<zone>/` on a local or mounted disk. Uploads arrive in
 * `<root>/<namespace>/.uploads`: on the zone's volume, and not a zone itself.
 */
export class LocalLandingZones extends LandingZones {
  readonly #root: string;

  constructor(root: string) {
    super(
      new LocalObjectStore({
        root,
        refuseLinks: true,
        mode: UPLOADED_MODE,
        arrivesIn: (key) => `${key.slice(0, key.indexOf('/'))}/.uploads`,
      }),
    );
    this.#root = resolve(root);
  }

  /**
   * The absolute path of a zone's file. Throws InputError for a path that leads out of the zone.
   */
  filePath(namespace: string, zone: string, path: string): string {
    return join(this.#root, this.key(namespace, zone, path));
  }

  zoneDir(namespace: string, zone: string): string {
    return join(this.filePath(namespace, zone, '_'), '..');
  }
  protected override async removeEmptyFolders(prefix: string): Promise<void> {
    await removeEmpty(join(this.#root, prefix));
  }
}

/** Removes a folder and the folders in it, deepest first, as far as they are empty. */
async function removeEmpty(folder: string): Promise<void> {
  try {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if (entry.isDirectory()) await removeEmpty(join(folder, entry.name));
    }
    // The system refuses to remove a folder with a file in it, also one that arrives right now.
    await rmdir(folder);
  } catch (error) {
    if (isMissing(error)) return;
    const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : '';
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST' && code !== 'ENOTDIR') throw error;
  }
}
