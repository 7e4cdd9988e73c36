import { resolve } from 'node:path';
import { canonicalUri, fileUri } from './file-uri.ts';
import { LocalObjectStore } from './local-object-store.ts';
import { StoredTableFiles } from './table-files.ts';

/** Table files on a local or mounted disk, with `file:` URIs. */
export class LocalTableFiles extends StoredTableFiles {
  constructor(root: string) {
    super(new LocalObjectStore({ root, emptyMeansAway: true }), {
      scheme: 'file:',
      // The root of the file system ends with the separator that each key begins with.
      root: fileUri(resolve(root)).replace(/\/$/, ''),
      canonical: canonicalUri,
    });
  }
}
