import { ConflictError } from '@rat/domain';
import { withZoneName, type LandingZones } from './landing-zones.ts';
import type { LandingFile } from './landing-file.ts';
import { ObjectExistsError } from './object-store.ts';

/** A sample of a zone. */
export interface LandingSample {
  name: string;
  /** UTF-8. */
  content: Uint8Array;
}

/**
 * All samples of a zone with their content, sorted by name: what a preview reads in place of the
 * zone's files. Empty when the zone has none. The limits of `putSample` bound it.
 *
 * @example
 * for (const { name, content } of await readSamples(warehouse.landing, 'shop', 'orders')) {
 *   await writeFile(join(folder, name), content);
 * }
 */
export async function readSamples(
  zones: LandingZones,
  namespace: string,
  zone: string,
): Promise<LandingSample[]> {
  const samples: LandingSample[] = [];
  for (const { path: name } of await zones.listSamples(namespace, zone)) {
    samples.push({ name, content: await zones.store.read(zones.sampleKey(namespace, zone, name)) });
  }
  return samples;
}

/**
 * Stores a sample; the very same content is accepted again. Throws ConflictError when the name is
 * taken by other content and may not be replaced, and when the zone has `most` samples under other
 * names. Two callers at the same moment may exceed `most` by one.
 */
export async function putSample(
  zones: LandingZones,
  { namespace, zone, name, replace }: Target,
  content: Uint8Array,
  most: number,
): Promise<LandingFile> {
  const others = (await zones.listSamples(namespace, zone)).filter(({ path }) => path !== name);
  if (others.length >= most) {
    const message = `landing zone ${zone} has ${most} samples, the most that a zone may have: delete one first`;
    throw new ConflictError(message);
  }
  const key = zones.sampleKey(namespace, zone, name);
  try {
    await withZoneName(namespace, zone, () => zones.store.create(key, content, { replace }));
  } catch (error) {
    if (!(error instanceof ObjectExistsError)) throw error;
    const found = await findContent(zones, key);
    if (found === undefined || !found.equals(content)) {
      const message = `landing zone ${zone} already has a sample named ${name} with other content: replace it with replace=true`;
      throw new ConflictError(message, { cause: error });
    }
  }
  const stored = (await zones.listSamples(namespace, zone)).find(({ path }) => path === name);
  if (stored === undefined)
    throw new ConflictError(`the sample ${name} was deleted during its upload`);
  return stored;
}

/** The content of a sample; undefined for a folder, and for one that was deleted meanwhile. */
async function findContent(zones: LandingZones, key: string): Promise<Buffer | undefined> {
  if ((await zones.store.stat(key)) === undefined) return undefined;
  return Buffer.from(await zones.store.read(key));
}

interface Target {
  namespace: string;
  zone: string;
  name: string;
  replace: boolean;
}

/** Removes a sample; false when there is none. */
export async function removeSample(
  zones: LandingZones,
  { namespace, zone, name }: Omit<Target, 'replace'>,
): Promise<boolean> {
  const key = zones.sampleKey(namespace, zone, name);
  const found = await withZoneName(namespace, zone, () => zones.store.stat(key));
  if (found !== undefined) await zones.store.delete(key);
  return found !== undefined;
}
