import { qualityTest } from '@rat/contracts/children';
import { z } from 'zod';
import { parseConfigYaml, type YamlMistake } from './parse-config-yaml.ts';
import { parseValue } from './parse-value.ts';

/** The settings of a quality test that its SQL does not make. */
const testSettings = qualityTest
  .omit({ name: true, sql: true })
  .extend({ severity: qualityTest.shape.severity.unwrap().optional() });
export type TestSettings = z.infer<typeof testSettings>;

/**
 * Parses `tests/quality.yaml`: for each quality test by its name, the settings that its SQL does not
 * make. An annotation of the SQL wins over it.
 *
 * @example
 * parseTestSettings('few:\n  severity: warn\n', ['few']).settings; // Map { 'few' => { severity: 'warn' } }
 */
export function parseTestSettings(
  text: string,
  names: readonly string[],
): { settings: Map<string, TestSettings>; mistakes: YamlMistake[] } {
  const { value, mistakes, placeOf } = parseConfigYaml(text);
  const settings = new Map<string, TestSettings>();
  if (mistakes.length > 0) return { settings, mistakes };
  const entries = z.record(z.string(), z.unknown()).safeParse(value ?? {});
  if (!entries.success) {
    return { settings, mistakes: [{ message: 'must be a mapping of quality tests to settings' }] };
  }
  for (const [name, given] of Object.entries(entries.data)) {
    const read = parseValue(testSettings, given);
    if (!names.includes(name)) {
      mistakes.push({
        message: `${name}: there is no tests/quality/${name}.sql`,
        ...placeOf(name),
      });
    } else if (read.ok) {
      settings.set(name, read.value);
    } else {
      for (const { path, message } of read.mistakes) {
        mistakes.push({
          message: [[name, ...path].join('.'), message].join(': '),
          ...placeOf(name, ...path),
        });
      }
    }
  }
  return { settings, mistakes };
}
