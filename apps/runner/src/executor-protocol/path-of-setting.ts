import { pipelineConfig } from '@rat/contracts/children';

/**
 * The path of the issue for a message that begins with a setting, as those of the engine do:
 * `unique_key: the result has no column nope`. Any other message is about the SQL.
 */
export function pathOfSetting(message: string): string {
  const key = /^(\w+): /.exec(message)?.[1];
  const isSetting = key !== undefined && Object.hasOwn(pipelineConfig.shape, key);
  return isSetting ? `config.${key}` : 'sql';
}
