// Decides whether the console must be built, from what it is made of. It compares contents, not times: a checkout changes times.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What goes into the site, as paths from the project's root. */
const SOURCES = [
  'package-lock.json',
  'apps/console/index.html',
  'apps/console/package.json',
  'apps/console/vite.config.ts',
  'apps/console/bin',
  'apps/console/src',
  'packages/client/src',
  'packages/domain/src',
];

/** Builds the console with `build` when its sources are not those of the site that is there. */
export async function buildConsole(root, build) {
  // An installation without the packages for development has the site of the build, or none.
  if (!existsSync(join(root, 'node_modules', 'vite', 'package.json'))) return;
  const wanted = hashOf(root);
  const stamp = join(root, 'apps', 'console', 'dist', 'site', '.rat-build');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  await build(join(root, 'apps', 'console', 'bin', 'build-console.mjs'));
  writeFileSync(stamp, wanted);
}

function hashOf(root) {
  const hash = createHash('sha256');
  for (const path of SOURCES.flatMap((source) => filesOf(root, source))) {
    hash
      .update(path)
      .update('\0')
      .update(readFileSync(join(root, path)))
      .update('\0');
  }
  return hash.digest('hex');
}

function filesOf(root, source) {
  if (source.includes('.')) return [source];
  return readdirSync(join(root, source), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.includes('.test.'))
    .map((entry) => join(entry.parentPath, entry.name).slice(join(root, '/').length))
    .toSorted();
}
