import { InputError, isLayer, isSlug, type PipelineRef } from '@rat/domain';
import { findSourceFile, type SourceFile } from '@rat/pipelines';

/** Longer than the path of any file of a pipeline. */
const PATH_MAX_LENGTH = 512;

/** A path in `/files`. */
export interface FilePath {
  /** The path as the client means it, decoded. */
  path: string;
  /** The pipeline whose file it would be; undefined for a path outside of every pipeline. */
  ref: PipelineRef | undefined;
  /** The file; undefined when a pipeline has no such file. */
  file: SourceFile | undefined;
}

/**
 * Parses `{namespace}/pipelines/{layer}/{name}/…`. Throws InputError for a path that could mean
 * another one: empty, absolute, with `.`, `..`, `\` or NUL, plain or encoded again.
 *
 * @example
 * parseFilePath('shop/pipelines/silver/orders/tests/quality/few.sql').file; // { kind: 'test', name: 'few' }
 */
export function parseFilePath(path: string): FilePath {
  refuseUnclear(path, 'path');
  const [namespace = '', pipelines, layer = '', name = '', ...rest] = path.split('/');
  if (!isSlug(namespace) || pipelines !== 'pipelines' || !isLayer(layer) || !isSlug(name)) {
    return { path, ref: undefined, file: undefined };
  }
  return { path, ref: { namespace, layer, name }, file: findSourceFile(rest.join('/')) };
}

/** Throws InputError for a path, or the beginning of one, that could mean another one. */
export function refuseUnclear(path: string, field: 'path' | 'prefix'): void {
  const refuse = (why: string): never => {
    throw new InputError(`${field}: ${why}`, [{ path: field, message: why }]);
  };
  if (path === '') refuse('must not be empty');
  if (path.length > PATH_MAX_LENGTH) refuse(`must be at most ${PATH_MAX_LENGTH} characters long`);
  // A client or a proxy may have encoded the path twice.
  for (let text = path, round = 0; round < 3; round += 1) {
    if (text.startsWith('/')) refuse('must not begin with /: it begins with a namespace');
    if (/[\0\\]/.test(text)) refuse('must not contain NUL or a backslash');
    const segments = text.split('/');
    if (segments.some((segment) => segment === '..' || segment === '.')) {
      refuse('must not contain the segments . and ..');
    }
    if (segments.slice(0, -1).includes('')) refuse('must not contain //');
    const decoded = decodeAgain(text);
    if (decoded === text) return;
    text = decoded;
  }
}

function decodeAgain(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A lone percent sign encodes nothing.
    return text;
  }
}
