import { stringify } from 'yaml';

/**
 * A map as the text of a YAML file. Keys whose value is undefined are left out.
 *
 * @example
 * writeYaml({ owner: 'ada', tags: [] }); // 'owner: ada\ntags: []\n'
 */
export function writeYaml(map: Readonly<Record<string, unknown>>): string {
  return stringify(map);
}
