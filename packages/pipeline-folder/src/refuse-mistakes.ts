import { collect, type RatClient } from '@rat/client';
import { formatRef } from '@rat/domain';
import { checkPipeline } from './check-folder.ts';
import { isChanged } from './diff-folder.ts';
import { findTriggerCycles } from './find-trigger-cycles.ts';
import { about, FolderError } from './folder-error.ts';
import { mapAtOnce } from './map-at-once.ts';
import type { FolderPipeline } from './read-files.ts';

/**
 * Throws FolderError, which lists all of them, for the mistakes that the API would refuse when these pipelines are stored one
 * after the other, of which it would find some half-way. Resolves with what each pipeline reads, by its address.
 *
 * The files of all are checked, and the SQL of those that have changed: the API does not check the others again. While no runner
 * lives it stores SQL unchecked, so that refuses nothing here either.
 */
export async function refuseMistakes(
  rat: RatClient,
  sources: readonly FolderPipeline[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const addresses = new Set(sources.map(({ ref }) => formatRef(ref)));
  const looked = await mapAtOnce(sources, async (source) => ({
    source,
    checked: await checkPipeline(rat, source, { filesOnly: true, addresses }),
    hasChanged: await isChanged(rat, source),
  }));
  const refs = new Map(looked.map(({ source, checked }) => [formatRef(source.ref), checked.refs]));
  const changed = looked.filter(({ hasChanged }) => hasChanged);
  const storedWith = Object.fromEntries(
    changed.map(({ source, checked }) => [formatRef(source.ref), checked.refs]),
  );
  const isAutomated = sources.some(({ automationYaml }) => automationYaml !== undefined);
  const triggers = isAutomated ? await about('triggers', collect(rat.triggers.list())) : [];
  const cycles = findTriggerCycles(sources, triggers);
  const found = await mapAtOnce(looked, async ({ source, checked, hasChanged }) => {
    const { ref, issues } = hasChanged
      ? await checkPipeline(rat, source, { addresses, storedWith })
      : checked;
    const address = formatRef(ref);
    const errors = issues.filter(({ severity }) => severity === 'error');
    return [...errors, ...(cycles.get(address) ?? [])].map(({ path, line, column, message }) => {
      const place = line === undefined ? path : `${path}:${line}:${column ?? 1}`;
      return `\n  ${address}: ${place}: ${message}`;
    });
  });
  const mistakes = found.flat();
  if (mistakes.length === 0) return refs;
  throw new FolderError(`nothing was stored, because the folder has mistakes:${mistakes.join('')}`);
}
