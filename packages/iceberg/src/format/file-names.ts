import { TableFormatError } from './errors.ts';

/**
 * The name of a table's nth metadata file. Readers take its leading digits for the version, and
 * some refuse a name without them.
 */
export function metadataFileName(version: number, uuid: string): string {
  return `${String(version).padStart(5, '0')}-${uuid}.metadata.json`;
}

/** The version after the one at this location; 0 for a new table. */
export function nextVersion(currentLocation: string | undefined): number {
  if (currentLocation === undefined) return 0;
  const name = currentLocation.slice(currentLocation.lastIndexOf('/') + 1);
  const version = /^v?(\d+)(?:-[^/]*)?\.(?:gz\.)?metadata\.json(?:\.gz)?$/.exec(name)?.[1];
  if (version === undefined) throw new TableFormatError('the table’s metadata file has no version');
  return Number(version) + 1;
}

/** The URI of a table's metadata file. */
export function metadataUri(location: string, name: string): string {
  return `${location}/metadata/${name}`;
}
