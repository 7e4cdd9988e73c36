import type { RunnerRequest } from '@rat/contracts';
import type { ParamSpecs, ParamValues } from '@rat/domain';
import { localDate } from '@rat/timetable';
import { refuseWrongValues } from '../runs/refuse-wrong-params.ts';

/** The fields of a preview's body that a run may have too. */
interface GivenFields {
  params?: ParamValues | null | undefined;
  full_refresh?: boolean | null | undefined;
  interval?:
    | { start: Date; end: Date; logical_date?: string | null | undefined }
    | null
    | undefined;
}

type RunInputs = Pick<RunnerRequest<'preview-run'>, 'params' | 'fullRefresh' | 'interval'>;

/**
 * What the run has that a preview shows, besides its pipeline. Undefined when the body gives nothing: runners of an
 * earlier version can answer that. Throws UnprocessableError for values that the pipeline does not declare, or of
 * another type.
 */
export function runInputsOf(
  { params, full_refresh: fullRefresh, interval }: GivenFields,
  specs: ParamSpecs | undefined,
): RunInputs | undefined {
  refuseWrongValues(specs, params ?? {});
  if (!params && !fullRefresh && !interval) return undefined;
  return {
    fullRefresh: fullRefresh ?? false,
    ...(params ? { params } : {}),
    ...(interval ? { interval: toInterval(interval) } : {}),
  };
}

/** The zone of a schedule is UTC unless it names another one, and so is that of an interval without a date. */
function toInterval({
  start,
  end,
  logical_date: logicalDate,
}: NonNullable<GivenFields['interval']>): NonNullable<RunInputs['interval']> {
  return {
    start: start.toISOString(),
    end: end.toISOString(),
    logicalDate: logicalDate ?? localDate(start, 'UTC'),
  };
}
