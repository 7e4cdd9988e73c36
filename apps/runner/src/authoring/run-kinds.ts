import { mergeConfig, type ValidateCommand } from '@rat/contracts';
import type { TableEngine } from '@rat/engine';
import type { Schema } from '@rat/iceberg';

/** The start of the run that a check pretends; no row depends on it. */
export const RUN_STARTED_AT = '2000-01-01T00:00:00.000Z';

/** The context of a rendering; the watermark is NULL of the column's type. */
export function contextOf(
  engine: TableEngine,
  { pipeline, config, target }: ValidateCommand,
  { isIncremental, hasWatermark }: { isIncremental: boolean; hasWatermark: boolean },
) {
  const schema = target?.schema as Schema | undefined;
  const { watermarkColumn } = mergeConfig(config);
  const name = watermarkColumn?.toLowerCase();
  const field = schema?.fields.find((column) => column.name.toLowerCase() === name);
  const watermark = field ? `CAST(NULL AS ${engine.typeName(field.type)})` : 'NULL';
  return {
    pipeline,
    runStartedAt: RUN_STARTED_AT,
    isIncremental,
    params: { specs: config.params ?? {}, values: {} },
    ...(hasWatermark ? { watermark } : {}),
  };
}

/** The kinds of run; a later run may find no greatest value. */
export const KINDS_OF_RUN = [
  { isIncremental: false, hasWatermark: false },
  { isIncremental: true, hasWatermark: true },
  { isIncremental: true, hasWatermark: false },
] as const;

/** Whether the argument of `ref()` means a table; `layer.name` is in the pipeline's namespace. */
export function isRefTo(text: string, name: string, namespace: string): boolean {
  return text === name || `${namespace}.${text}` === name;
}
