import type { ValidateCommand } from '@rat/contracts';
import { mergeConfig } from '@rat/contracts/children';
import type { TableEngine } from '@rat/engine';
import type { Schema } from '@rat/iceberg';
import type { KindOfRun, TemplateContext } from '@rat/pipelines';

/** The start of the run that a check pretends; no row depends on it. */
export const RUN_STARTED_AT = '2000-01-01T00:00:00.000Z';

/** The context of a rendering; the watermark is NULL of the column's type. */
export function contextOf(
  engine: TableEngine,
  { pipeline, config, target }: ValidateCommand,
  { isIncremental, hasWatermark, interval, values }: KindOfRun,
): TemplateContext {
  const schema = target?.schema as Schema | undefined;
  const { watermarkColumn } = mergeConfig(config);
  const name = watermarkColumn?.toLowerCase();
  const field = schema?.fields.find((column) => column.name.toLowerCase() === name);
  const watermark = field ? `CAST(NULL AS ${engine.typeName(field.type)})` : 'NULL';
  return {
    pipeline,
    runStartedAt: RUN_STARTED_AT,
    isIncremental,
    params: { specs: config.params ?? {}, values },
    ...(hasWatermark ? { watermark } : {}),
    ...(interval === undefined ? {} : { interval }),
  };
}

/** The kind of run as a part of a sentence; empty for a plain first run. */
export function inWhichRun({ isIncremental, interval, values }: KindOfRun): string {
  const given = Object.entries(values).map(([name, value]) => ` with ${name} = ${value}`);
  const facts = [...(interval === undefined ? [] : [' about a time']), ...given];
  if (!isIncremental && facts.length === 0) return '';
  return ` in a ${isIncremental ? 'later' : 'first'} run${facts.join('')}`;
}

/** Whether the argument of `ref()` means a table; `layer.name` is in the pipeline's namespace. */
export function isRefTo(text: string, name: string, namespace: string): boolean {
  return text === name || `${namespace}.${text}` === name;
}
