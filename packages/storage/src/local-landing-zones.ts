import { join, resolve } from 'node:path';
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
}
