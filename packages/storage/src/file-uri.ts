import { resolve } from 'node:path';
import { InputError } from '@rat/domain';

/**
 * The path of a `file:` URI, for DuckDB and Node. Does not percent-decode: Iceberg readers take the
 * text after the scheme literally, with its spaces and percent signs. Throws InputError for any
 * other scheme.
 */
export function pathFromUri(uri: string): string {
  if (!uri.startsWith('file:/')) throw new InputError('only file: URIs can be read');
  return resolve(uri.replace(/^file:(\/\/)?/, ''));
}

/** The `file:` URI of an absolute path. */
export function fileUri(path: string): string {
  return `file://${path}`;
}

/** One spelling for each file, regardless of its writer: URIs are compared as text. */
export function canonicalUri(uri: string): string {
  return uri.startsWith('file:/') ? fileUri(pathFromUri(uri)) : uri;
}
