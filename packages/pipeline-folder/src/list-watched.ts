import { formatRef, parseRef } from '@rat/domain';
import type { Automation, PipelineSource } from '@rat/pipelines';

type Trigger = Automation['triggers'][string];

/** The addresses that each trigger of an `automation.yaml` watches, by the name of the trigger. */
export function listWatched(
  { ref: { namespace } }: Pick<PipelineSource, 'ref'>,
  automation: Automation | undefined,
): Map<string, string[]> {
  const triggers = Object.entries(automation?.triggers ?? {});
  return new Map(
    triggers.map(([name, trigger]) => {
      const refs = namesIn(trigger).map((text) => parseRef(text, namespace));
      return [name, refs.flatMap((ref) => (ref === undefined ? [] : [formatRef(ref)]))];
    }),
  );
}

function namesIn(trigger: Trigger): readonly string[] {
  switch (trigger.kind) {
    case 'upstream':
    case 'dependency':
      return trigger.config.pipelines;
    case 'table':
      return trigger.config.tables;
    case 'upload':
    case 'webhook':
      return [];
  }
}
