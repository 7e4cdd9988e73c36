import type { StoredObject } from './object-store.ts';

/**
 * A file of a zone at one moment. Size and time together distinguish a replaced file from the old
 * one.
 */
export interface LandingFile {
  /** Relative to the zone, with `/`. */
  path: string;
  bytes: number;
  /** Its modification time, in decimal nanoseconds since 1970: a JSON number cannot hold them. */
  mtimeNs: string;
}

/** What distinguishes a file from others that had or will have its name. */
export type LandingIdentity = Pick<LandingFile, 'bytes' | 'mtimeNs'>;

/*
 * The only place that relates a store's version to the identity that `landing_files` stores, which
 * is size and modification time in ns. It relies on the versions of `LocalObjectStore`, which begin
 * with these two. A store whose versions are ETags needs a text version in `landing_files` instead.
 */

/** Throws for the version of a store whose versions hold no modification time. */
export function identityOf({ size, version }: StoredObject): LandingIdentity {
  const mtimeNs = /^\d+-(-?\d+)(-|$)/.exec(version)?.[1];
  if (mtimeNs === undefined) throw new Error('the version of a landing file holds no time');
  return { bytes: size, mtimeNs };
}

export function versionOf({ bytes, mtimeNs }: LandingIdentity): string {
  return `${bytes}-${mtimeNs}`;
}

/** Whether two states of a file have the same content, judged by size and time. */
export function isSameFile(one: LandingIdentity | undefined, other: LandingIdentity): boolean {
  return one !== undefined && one.bytes === other.bytes && one.mtimeNs === other.mtimeNs;
}
