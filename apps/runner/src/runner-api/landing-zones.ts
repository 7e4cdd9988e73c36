import {
  presentZoneSettings,
  type LandingZoneOfRunner,
  type RunnerRequest,
  type RunnerResponse,
} from '@rat/contracts';
import { ConflictError, NotFoundError } from '@rat/domain';
import {
  deleteLandingZone as deleteSettings,
  findLandingZone,
  findLandingZones,
  findRunOfZone,
  listZoneNames,
  type LandingZoneRow,
} from '@rat/store';
import type { RunnerApiDeps } from './runner-api-deps.ts';

/*
 * A zone exists when people gave it settings, when it is a folder of the storage, or both. The row
 * holds nothing about files, and the storage nothing about settings, so neither can contradict the
 * other.
 */

type ZoneDeps = Pick<RunnerApiDeps, 'db' | 'warehouse'>;

interface ZoneKey {
  namespace: string;
  name: string;
}

/** A page of the zones of all namespaces or of one, with their settings and waiting files. */
export async function listAllLandingZones(
  deps: ZoneDeps,
  { namespace, limit, offset }: RunnerRequest<'list-all-landing-zones'>,
): Promise<RunnerResponse<'list-all-landing-zones'>> {
  const keys: ZoneKey[] = [];
  for (const [home, described] of await listZoneNames(deps.db, namespace)) {
    const names = new Set([...described, ...(await deps.warehouse.landing.listZoneNames(home))]);
    for (const name of names) keys.push({ namespace: home, name });
  }
  keys.sort((a, b) => (pathOf(a) < pathOf(b) ? -1 : 1));
  // Files are counted only for the zones of the page.
  const page = keys.slice(offset, offset + limit);
  const settings = new Map<string, LandingZoneRow>();
  for (const home of new Set(page.map((key) => key.namespace))) {
    const names = page.filter((key) => key.namespace === home).map(({ name }) => name);
    const found = await findLandingZones(deps.db, home, names);
    for (const row of found.values()) settings.set(pathOf(row), row);
  }
  const zones: LandingZoneOfRunner[] = [];
  for (const key of page) zones.push(await present(deps, key, settings.get(pathOf(key))));
  return { landing_zones: zones, total: keys.length };
}

/** One zone. Throws NotFoundError. */
export async function getLandingZone(
  deps: ZoneDeps,
  { namespace, zone: name }: RunnerRequest<'get-landing-zone'>,
): Promise<RunnerResponse<'get-landing-zone'>> {
  const key = { namespace, name };
  const row = await findLandingZone(deps.db, key);
  if (row === undefined) await assertFolder(deps, key);
  return present(deps, key, row);
}

/**
 * Deletes a zone: its settings, its samples, and with `force` also its waiting and archived files.
 * Throws
 * - NotFoundError for a zone that does not exist;
 * - ConflictError while a run reads the zone or its archive is not finished, also with `force`: the
 *   run would lose files that it counts on;
 * - ConflictError without `force` while files wait or archived ones are kept: those may be the only
 *   copy of what a run has read.
 *
 * A file that arrives after this check stays, and its zone with it.
 */
export async function deleteLandingZone(
  deps: ZoneDeps,
  { namespace, zone: name, force }: RunnerRequest<'delete-landing-zone'>,
): Promise<RunnerResponse<'delete-landing-zone'>> {
  const { landing } = deps.warehouse;
  const key = { namespace, name };
  if ((await findLandingZone(deps.db, key)) === undefined) await assertFolder(deps, key);
  const runId = await findRunOfZone(deps.db, key);
  if (runId !== undefined) {
    const message = `run ${runId} reads landing zone ${pathOf(key)}: try again when it has ended`;
    throw new ConflictError(message, { runId });
  }
  const stored = await landing.listAll(namespace, name);
  if (stored.unreadable.length > 0) {
    const [first = ''] = stored.unreadable;
    const message = `landing zone ${pathOf(key)} has a file whose name is not UTF-8, ${first}: remove it on the disk`;
    throw new ConflictError(message);
  }
  if (!force) {
    const waiting = (await landing.listFiles(namespace, name)).length;
    const processed = (await landing.listProcessed(namespace, name)).length;
    if (waiting + processed > 0) {
      const message = `landing zone ${pathOf(key)} is not empty: ${countOf(waiting, 'file')} waiting, ${countOf(processed, 'file')} archived; delete them first, or all of them with force=true`;
      throw new ConflictError(message);
    }
  }
  // The settings go first: after a crash the zone is a folder, which can be deleted again.
  await deleteSettings(deps.db, key);
  await landing.deleteZone(
    namespace,
    name,
    stored.objects.map((object) => object.key),
  );
  return { deleted: true };
}

async function assertFolder(deps: ZoneDeps, key: ZoneKey): Promise<void> {
  const names = await deps.warehouse.landing.listZoneNames(key.namespace);
  if (!names.includes(key.name)) {
    throw new NotFoundError(`landing zone ${pathOf(key)} does not exist`);
  }
}

async function present(
  deps: ZoneDeps,
  key: ZoneKey,
  row: LandingZoneRow | undefined,
): Promise<LandingZoneOfRunner> {
  const files = await deps.warehouse.landing.listFiles(key.namespace, key.name);
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return { ...presentZoneSettings(key, row), files: files.length, bytes };
}

function pathOf({ namespace, name }: ZoneKey): string {
  return `${namespace}/${name}`;
}

function countOf(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}
