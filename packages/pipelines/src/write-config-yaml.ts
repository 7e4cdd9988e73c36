import { stringify } from 'yaml';
import { canonicalJson } from './content-hash.ts';

/** The YAML of more text than that would take the writer seconds. */
const YAML_MAX_LENGTH = 100_000;

/**
 * The text of a `config.yaml` with these settings: keys sorted, one form for each value, `\n` at the
 * end of each line. The same settings always make the same text. Empty without a setting. Settings that
 * are longer than a `config.yaml` may be are written as JSON, which is YAML too.
 *
 * @example
 * writeConfigYaml({ merge_strategy: 'append_only', description: 'Orders' });
 * // 'description: Orders\nmerge_strategy: append_only\n'
 */
export function writeConfigYaml(settings: object): string {
  const set = Object.entries(settings).filter(([, value]) => value !== undefined);
  if (set.length === 0) return '';
  const json = canonicalJson(settings);
  if (json.length > YAML_MAX_LENGTH) return `${json}\n`;
  return stringify(Object.fromEntries(set), { sortMapEntries: true, lineWidth: 0 });
}
