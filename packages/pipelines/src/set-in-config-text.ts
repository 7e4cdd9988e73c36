import { isMap, parseDocument } from 'yaml';
import { parseConfigYaml } from './parse-config-yaml.ts';

/** Longer texts would keep the thread that serves requests from other work. */
const TEXT_MAX_LENGTH = 20_000;

/**
 * A `config.yaml` with one setting changed, or removed for an undefined value. Its comments and the
 * order of its keys stay. Undefined for a text that cannot be changed so: too long, or with mistakes.
 *
 * @example
 * setInConfigText('max_retries: 2 # at night\n', 'pool', 'heavy'); // 'max_retries: 2 # at night\npool: heavy\n'
 */
export function setInConfigText(
  text: string,
  key: string,
  value: string | undefined,
): string | undefined {
  if (text.length > TEXT_MAX_LENGTH || parseConfigYaml(text).mistakes.length > 0) return undefined;
  const document = parseDocument(text);
  if (document.contents !== null && !isMap(document.contents)) return undefined;
  if (value === undefined) document.delete(key);
  else document.set(key, value);
  return document.toString({ lineWidth: 0 });
}
