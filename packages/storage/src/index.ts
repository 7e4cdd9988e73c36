/**
 * Where files are stored: the warehouse's layout, landing zones, the log archive, the files of
 * tables.
 *
 * Promises: a file appears complete or not at all, and is durable on return. Paths and URIs stay
 * below their root, and no symbolic link is followed out of it.
 * Refuses to know: Postgres, the queue, SQL, the content of a table's files.
 * Fails: with InputError for a path outside its root, ConflictError for a name in use or a symbolic
 * link, and Node's own errors for the disk.
 *
 * @example
 * const warehouse = new LocalWarehouse({ root: '/srv/tables', landingRoot: '/srv/landing' });
 * const folder = await warehouse.stagingDir(ref, runId, attempt);
 * await syncFiles([fileUri(join(folder, 'part_0.parquet'))], { folder: tableFolder });
 */
export { archiveLandingFiles } from './archive-landing-files.ts';
export { isMissing } from './is-missing.ts';
export { findFile, isSameFile, LandingZones, type LandingFile } from './landing-zones.ts';
export { LocalWarehouse } from './local-warehouse.ts';
export { LogArchive } from './log-archive.ts';
export { ObjectExistsError, type ObjectListing, type ObjectStore } from './object-store.ts';
export { pinLandingFiles } from './pin-landing-files.ts';
export { checkLandingTarget, receiveLandingFile } from './receive-landing-file.ts';
export { syncFiles } from './sync-files.ts';
export {
  canonicalUri,
  fileUri,
  LocalTableFiles,
  pathFromUri,
  type ListedFile,
  type TableFiles,
} from './table-files.ts';
