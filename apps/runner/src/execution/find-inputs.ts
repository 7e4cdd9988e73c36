import type { InputsAnswer, SkipAnswer } from '@rat/contracts';
import { countOf } from './count-of.ts';
import type { ExecutionHost, WantedInputs } from '../executor-protocol/execution-host.ts';
import type { RunReporter } from '../executor-protocol/run-reporter.ts';
import { RunFailedError } from './to-failure.ts';

/**
 * Requests the inputs from the parent, unless there are none, and logs what was found. Returns
 * `skip` when a landing zone without files ends the run. Throws RunFailedError when an input is
 * missing.
 */
export async function findInputs(
  wanted: WantedInputs,
  host: Pick<ExecutionHost, 'resolveInputs'>,
  reporter: RunReporter,
): Promise<InputsAnswer | SkipAnswer> {
  const { tables, landingZones } = wanted;
  if (tables.length === 0 && landingZones.length === 0) {
    return { type: 'inputs', tables: {}, landingZones: {} };
  }
  const inputs = await host.resolveInputs(wanted);
  if (inputs.type === 'refuse') throw new RunFailedError(inputs.failure);
  if (inputs.type === 'skip') {
    const message = `Landing zone ${inputs.zone} has no files, and its on_empty is skip: the run ends and writes nothing`;
    reporter.log('info', message);
    return inputs;
  }
  for (const [name, { files }] of Object.entries(inputs.tables)) {
    reporter.log('info', `Reading ${name} (${countOf(files.length, 'file')})`);
  }
  for (const [zone, files] of Object.entries(inputs.landingZones)) {
    const isEmpty = Object.hasOwn(inputs.emptyZones ?? {}, zone);
    const what = isEmpty ? 'no files: no rows of its columns' : countOf(files.length, 'file');
    reporter.log('info', `Reading landing zone ${zone} (${what})`);
  }
  for (const { message } of Object.values(inputs.missing ?? {})) {
    reporter.log('warn', `A quality test cannot run: ${message}`);
  }
  return inputs;
}
