/**
 * Where files are stored: the warehouse's layout, landing zones, the log archive, the files of
 * tables. All of it stands on the port `ObjectStore`; files named `local-…`, `sync-…` and
 * `pin-landing-files.ts` are those that know a disk.
 *
 * Promises: a file appears complete or not at all, and is durable on return. Keys and URIs stay
 * below their root, and no symbolic link is followed out of it.
 * Refuses to know: Postgres, the queue, SQL, the content of a table's files.
 * Fails: with InputError for a name outside its root, ConflictError for a name in use or a symbolic
 * link, and Node's own errors for the disk.
 *
 * @example
 * const warehouse = new LocalWarehouse({ root: '/srv/tables', landingRoot: '/srv/landing' });
 * const folder = await warehouse.stagingDir(ref, runId, attempt);
 * await syncFiles([fileUri(join(folder, 'part_0.parquet'))], { folder: tableFolder });
 */
export { archiveLandingFiles } from './archive-landing-files.ts';
export { canonicalUri, fileUri, pathFromUri } from './file-uri.ts';
export { isMissing } from './is-missing.ts';
export { isSameFile, type LandingFile } from './landing-file.ts';
export { putSample, readSamples, removeSample } from './landing-samples.ts';
export { LandingZones } from './landing-zones.ts';
export { LocalLandingZones } from './local-landing-zones.ts';
export { LocalTableFiles } from './local-table-files.ts';
export { LocalWarehouse } from './local-warehouse.ts';
export { LogArchive } from './log-archive.ts';
export {
  ObjectExistsError,
  type ObjectListing,
  type ObjectStore,
  type StoredObject,
} from './object-store.ts';
export { pinLandingFiles } from './pin-landing-files.ts';
export {
  findTakenTarget,
  receiveLandingFile,
  receiveSameFile,
  renewLandingFile,
  type ReceivedFile,
} from './receive-landing-file.ts';
export { syncFiles } from './sync-files.ts';
export type { ListedFile, TableFiles } from './table-files.ts';
