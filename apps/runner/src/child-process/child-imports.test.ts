import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

const PACKAGES = new URL('../../../../packages/', import.meta.url);
/** An import or export of values; one of types loads nothing. */
const FROM = /^(?:import|export) (?!type\b)[^;]*?from '([^']+)';/gms;

/** The file of our own that an import loads; undefined for a library and for a module of Node. */
function fileOf(specifier: string, importer: URL): URL | undefined {
  if (specifier.startsWith('.')) return new URL(specifier, importer);
  if (!specifier.startsWith('@rat/')) return undefined;
  const [, name, ...path] = specifier.split('/');
  const folder = new URL(`${name}/`, PACKAGES);
  const { exports } = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8')) as {
    exports: Record<string, { 'rat-source': string }>;
  };
  return new URL(exports[['.', ...path].join('/')]?.['rat-source'] ?? '', folder);
}

/** The specifiers that a program loads, its own and those of what it loads. */
function loadedBy(program: URL): Set<string> {
  const loaded = new Set<string>();
  const seen = new Set<string>();
  const read = (file: URL): void => {
    if (seen.has(file.href)) return;
    seen.add(file.href);
    for (const [, specifier = ''] of readFileSync(file, 'utf8').matchAll(FROM)) {
      loaded.add(specifier);
      const next = fileOf(specifier, file);
      if (next !== undefined) read(next);
    }
  };
  read(program);
  return loaded;
}

test.each([
  '../execution/child-main.ts',
  '../query/query-child-main.ts',
  '../landing/landing-child-main.ts',
  '../maintenance/compact-child-main.ts',
])('the child %s loads its own part of the contracts only, so that it starts sooner', (path) => {
  const loaded = loadedBy(new URL(path, import.meta.url));
  expect(loaded).toContain('@rat/contracts/children');
  expect(loaded).not.toContain('@rat/contracts');
});
