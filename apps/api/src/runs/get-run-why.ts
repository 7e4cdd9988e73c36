import type { RunWhy, WaitReasonResponse } from '@rat/contracts';
import { explainWait, type WaitReason } from '@rat/domain';
import { getWaitFacts } from '@rat/store';
import type { RunDeps } from './run-deps.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { parseRunId } from './parse-run-id.ts';

/** GET /api/v1/runs/{id}/why: the reasons why a run waits, its position and its estimated start. */
export function getRunWhyRoute(deps: RunDeps): HandledOperation<'getRunWhy'> {
  return handleOperation('getRunWhy', async (req, res) => {
    const facts = await getWaitFacts(deps.db, parseRunId(req.params.id));
    const { waiting, reasons, position, estimatedStartAt } = explainWait(facts);
    const answer: RunWhy = {
      status: facts.status,
      waiting,
      reasons: reasons.map(presentReason),
      position: position ?? null,
      estimated_start_at: estimatedStartAt?.toISOString() ?? null,
    };
    res.json(answer);
  });
}

function presentReason(reason: WaitReason): WaitReasonResponse {
  const { code, message, since } = reason;
  const base = { code, message, since: since?.toISOString() ?? null };
  switch (reason.code) {
    case 'queued':
      return base;
    case 'retry_backoff':
      return { ...base, until: reason.until.toISOString(), failure_code: reason.failureCode };
    case 'pipeline_busy':
      return { ...base, run_id: reason.runId, limit: reason.limit };
    case 'behind_others':
      return { ...base, ahead: reason.ahead, run_id: reason.runId };
    case 'namespace_busy':
      return { ...base, namespace: reason.namespace, limit: reason.limit };
    case 'no_live_runner':
      return { ...base, pool: reason.pool };
    case 'all_slots_busy':
      return {
        ...base,
        pool: reason.pool,
        slots: reason.slots,
        slots_used: reason.slotsUsed,
      };
  }
}
