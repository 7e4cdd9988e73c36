import type { RunStatsAnswer, RunStatsQuery } from '@rat/contracts';
import { InputError } from '@rat/domain';
import { readRunStats, startOfBucket, type RunStatsPoint } from '@rat/store';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import type { RunDeps } from './run-deps.ts';
import { namesNothing } from '../http/names-nothing.ts';

const WIDTH_MS = { hour: 3_600_000, day: 86_400_000 };

/** How many points an answer has when the request names no `from`. */
const POINTS_DEFAULT = { hour: 24, day: 30 };

/** A year of days, or six weeks of hours. */
const POINTS_MAX = 1_000;

/** A name that no pipeline has: it is no slug. */
const NO_PIPELINE = '-';

/** GET /api/v1/runs/stats: how many runs were created in each hour or day, by status. */
export function getRunStatsRoute(deps: RunDeps): HandledOperation<'getRunStats'> {
  return handleOperation('getRunStats', async (_req, res, { query }) => {
    const { bucket, namespace, layer, pipeline } = query;
    const { from, to } = parseSpan(query, new Date());
    const matchesNone = [namespace, pipeline].some(namesNothing);
    const filter = matchesNone ? { pipeline: NO_PIPELINE } : { namespace, layer, pipeline };
    const stats = await readRunStats(deps.db, { bucket, from, to, ...filter });
    const answer: RunStatsAnswer = {
      bucket,
      from: from.toISOString(),
      to: to.toISOString(),
      points: stats.points.map(presentPoint),
      now: stats.now,
    };
    res.json(answer);
  });
}

/** Without `to` the span ends now; without `from` its last point is the hour or day of its end. */
function parseSpan(
  { bucket, from, to }: Pick<RunStatsQuery, 'bucket' | 'from' | 'to'>,
  now: Date,
): { from: Date; to: Date } {
  const end = to ?? now;
  const width = WIDTH_MS[bucket];
  const last = startOfBucket(new Date(end.getTime() - 1), bucket).getTime();
  const begin = from ?? new Date(last - (POINTS_DEFAULT[bucket] - 1) * width);
  if (begin >= end) {
    const message = `must be before ${to === undefined ? 'now' : 'to'}`;
    throw new InputError(`from: ${message}`, [{ path: 'from', message }]);
  }
  const points = (last - startOfBucket(begin, bucket).getTime()) / width + 1;
  if (points > POINTS_MAX) {
    const message = `must span at most ${POINTS_MAX} points with to, not ${points}: ask for a shorter time${bucket === 'hour' ? ' or bucket=day' : ''}`;
    throw new InputError(`from: ${message}`, [{ path: 'from', message }]);
  }
  return { from: begin, to: end };
}

function presentPoint({ at, runs }: RunStatsPoint): RunStatsAnswer['points'][number] {
  const { pending, running, success, failed, cancelled } = runs;
  return { at: at.toISOString(), pending, running, success, failed, cancelled };
}
