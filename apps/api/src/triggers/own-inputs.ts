import type { TriggerConfig } from '@rat/domain';
import { namespaceOf } from '../lineage/parse-root.ts';

/** Whether a caller may see a place: `namespace.layer.name` or `namespace/zone`. */
export type MaySee = (place: string) => boolean;

/** `own`: the namespaces that the caller is confined to; undefined: none. */
export function maySeeIn(own: readonly string[] | undefined): MaySee {
  return (place) => own === undefined || own.includes(namespaceOf(place));
}

/** What a trigger watches, without the places that a caller may not see. */
export interface OwnConfig {
  config: TriggerConfig;
  /** Whether a landing zone is left out, which leaves nothing of the config. */
  isHidden: boolean;
  /** How many places are left out. */
  hidden: number;
}

export function ownConfig(config: TriggerConfig, maySee: MaySee): OwnConfig {
  switch (config.kind) {
    case 'upload': {
      const isHidden = !maySee(config.namespace);
      return { config, isHidden, hidden: isHidden ? 1 : 0 };
    }
    case 'upstream':
    case 'dependency': {
      const pipelines = config.pipelines.filter(maySee);
      const hidden = config.pipelines.length - pipelines.length;
      return { config: { ...config, pipelines }, isHidden: false, hidden };
    }
    case 'table': {
      const tables = config.tables.filter(maySee);
      const hidden = config.tables.length - tables.length;
      return { config: { ...config, tables }, isHidden: false, hidden };
    }
    case 'webhook':
      return { config, isHidden: false, hidden: 0 };
  }
}

/**
 * Whether a caller may see an input, as it is stored. `run:…` names a run of any watched pipeline, so it
 * is shown only to who may see all of them.
 */
export function isOwnInput(input: string, { maySee, hidden }: { maySee: MaySee; hidden: number }) {
  const colon = input.indexOf(':');
  const [kind, place] = [input.slice(0, colon), input.slice(colon + 1)];
  return kind === 'pipeline' || kind === 'table' || kind === 'zone' ? maySee(place) : hidden === 0;
}
