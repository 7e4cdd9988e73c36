import { formatRef, type PipelineInput, type PipelineRef } from '@rat/domain';
import { builtInTestRef } from './compile-built-in-test.ts';
import type { InspectedPipeline } from './define-pipeline.ts';

/**
 * What a pipeline reads in any kind of run, by its templates and its tests; each input once. Its own
 * table is none: an incremental pipeline and every quality test read that.
 *
 * @example
 * listInputs(ref, await definer.inspect({ ref, sql: "SELECT * FROM {{ ref('bronze.orders') }}" }));
 * // [{ kind: 'ref', target: 'default.bronze.orders' }]
 */
export function listInputs(
  pipeline: PipelineRef,
  { config, inputs, testInputs }: Pick<InspectedPipeline, 'config' | 'inputs' | 'testInputs'>,
): PipelineInput[] {
  const own = formatRef(pipeline);
  const zone = (name: string): string => `${pipeline.namespace}/${name}`;
  const builtIn = (config.tests ?? []).flatMap((test) => builtInTestRef(test, pipeline) ?? []);
  const targets = {
    ref: inputs.refs.map(formatRef),
    landing: inputs.landingZones.map(zone),
    test: [
      ...[...testInputs.refs, ...builtIn].map(formatRef),
      ...testInputs.landingZones.map(zone),
    ],
  };
  return (['ref', 'landing', 'test'] as const).flatMap((kind) =>
    [...new Set(targets[kind])]
      .filter((target) => target !== own)
      .map((target) => ({ kind, target })),
  );
}
