/**
 * Where files lie: the warehouse's layout, landing zones, the archive of logs, and the files of tables.
 */
export * from './archive-landing-files.ts';
export * from './landing-zones.ts';
export * from './local-warehouse.ts';
export * from './log-archive.ts';
export * from './pin-landing-files.ts';
export * from './receive-landing-file.ts';
export * from './sync-files.ts';
export * from './table-files.ts';
export { isMissing } from './is-missing.ts';
