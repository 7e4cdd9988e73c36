import { findCycle, formatRef, type PipelineRef } from '@rat/domain';
import { parseAutomation, placeInAutomation, type Automation } from '@rat/pipelines';
import { inFile } from './file-of-issue.ts';
import { listWatched } from './list-watched.ts';
import type { FolderPipeline } from './read-files.ts';

/** What is wrong in an `automation.yaml`, and where. */
interface TriggerIssue {
  path: string;
  message: string;
  line?: number | undefined;
  column?: number | undefined;
}

/** A trigger as the API lists it. */
interface StoredTrigger extends Omit<PipelineRef, 'name'> {
  pipeline: string;
  name: string;
  managed_by: string;
  inputs: { input: string }[];
}

/**
 * The triggers of a folder by which a pipeline would make itself run, by the address of the pipeline. The API finds them one by
 * one, when the triggers of the others are stored. `stored` are all triggers of the API: those of pipelines outside of the
 * folder stay, and so do those of its pipelines that no file has made or replaces.
 *
 * @example
 * findTriggerCycles([gold, silver], []).get('default.gold.report'); // [{ path: 'automation.yaml', line: 2, … }]
 */
export function findTriggerCycles(
  sources: readonly Pick<FolderPipeline, 'ref' | 'automationYaml'>[],
  stored: readonly StoredTrigger[],
): Map<string, TriggerIssue[]> {
  const read = sources.map((source) => {
    const automation = parseAutomation(source.automationYaml ?? '', []);
    return { address: formatRef(source.ref), automation, watched: listWatched(source, automation) };
  });
  const files = new Map(read.map(({ address, watched }) => [address, watched]));
  const upstream = new Map(
    read.map(({ address, watched }) => [address, [...watched.values()].flat()]),
  );
  for (const { namespace, layer, pipeline, name, managed_by: manager, inputs } of stored) {
    const address = formatRef({ namespace, layer, name: pipeline });
    const own = files.get(address);
    if (own !== undefined && (manager === 'files' || own.has(name))) continue;
    upstream.set(address, [...(upstream.get(address) ?? []), ...inputs.flatMap(toAddress)]);
  }
  const found = new Map<string, TriggerIssue[]>();
  for (const { address: start, automation, watched } of read) {
    if (automation === undefined) continue;
    const issues = [...watched].flatMap(([trigger, own]) => {
      const cycle = findCycle(start, (one) => (one === start ? own : (upstream.get(one) ?? [])));
      return cycle === undefined ? [] : [toIssue(automation, trigger, cycle)];
    });
    if (issues.length > 0) found.set(start, issues);
  }
  return found;
}

/** `pipeline:default.gold.daily`, or `table:` before it; a landing zone is no pipeline. */
function toAddress({ input }: { input: string }): string[] {
  const [, address] = /^(?:pipeline|table):(.+)$/.exec(input) ?? [];
  return address === undefined ? [] : [address];
}

function toIssue(automation: Automation, trigger: string, cycle: readonly string[]): TriggerIssue {
  const message = `the triggers make a cycle: ${cycle.join(' → ')}`;
  return inFile(placeInAutomation(automation, { path: `triggers.${trigger}.config`, message }));
}
