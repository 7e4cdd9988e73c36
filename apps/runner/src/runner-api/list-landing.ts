import type { RunnerResponse, RunnerRequest } from '@rat/contracts';
import type { LandingFile } from '@rat/storage';
import type { RunnerApiDeps } from './runner-api-deps.ts';

/** Returns a page of a namespace's zones, with the waiting files of each. */
export async function listLandingZones(
  { warehouse }: Pick<RunnerApiDeps, 'warehouse'>,
  { namespace, limit, offset }: RunnerRequest<'list-landing-zones'>,
): Promise<RunnerResponse<'list-landing-zones'>> {
  const zones = await warehouse.landing.listZones(namespace);
  return { landing_zones: zones.slice(offset, offset + limit), total: zones.length };
}

/** Returns a page of a zone's files: the waiting ones, or the archived ones. */
export async function listLandingFiles(
  { warehouse: { landing } }: Pick<RunnerApiDeps, 'warehouse'>,
  { namespace, zone, processed, limit, offset }: RunnerRequest<'list-landing-files'>,
): Promise<RunnerResponse<'list-landing-files'>> {
  const files = await (processed
    ? landing.listProcessed(namespace, zone)
    : landing.listFiles(namespace, zone));
  return { files: files.slice(offset, offset + limit).map(presentFile), total: files.length };
}

/** A file in its wire shape. */
export function presentFile({ path, bytes, mtimeNs }: LandingFile) {
  const modifiedMs = Number(BigInt(mtimeNs) / 1_000_000n);
  return { name: path, bytes, modified_at: new Date(modifiedMs).toISOString() };
}
