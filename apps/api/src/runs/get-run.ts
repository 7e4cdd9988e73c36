import {
  findRunCauses,
  getRunStory,
  getSystemRetention,
  listLandingReads,
  listRunActions,
} from '@rat/store';
import type { RunDeps } from './run-deps.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { LogCountsCache } from './log-counts-cache.ts';
import { parseRunId } from './parse-run-id.ts';
import { presentCause } from './present-cause.ts';
import { presentRunDetail } from './present-run.ts';

/** GET /api/v1/runs/{id}: one run in full, with its attempts. */
export function getRunRoute(deps: RunDeps): HandledOperation<'getRun'> {
  const logCounts = new LogCountsCache();
  return handleOperation('getRun', async (req, res) => {
    const id = parseRunId(req.params.id);
    const [story, actions, landing, causes, retention] = await Promise.all([
      getRunStory(deps.db, id, logCounts.find(id)),
      listRunActions(deps.db, id),
      listLandingReads(deps.db, id),
      findRunCauses(deps.db, [id]),
      getSystemRetention(deps.db),
    ]);
    if (story.log !== undefined) logCounts.keep(id, story.log);
    const causedBy = presentCause(req, causes[0]?.cause);
    const quarantineHours = retention.system.nessie_orphan_branch_max_age_hours;
    res.json(presentRunDetail(story, { actions, landing, causedBy, quarantineHours }));
  });
}
