import { presentZoneSettings, type PutLifecycleBody, type ZoneLifecycle } from '@rat/contracts';
import { findLandingZone, zoneTag } from '@rat/store';
import { clientGone } from '../http/client-gone.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { parsePrecondition, setTag } from '../http/precondition.ts';
import { call } from '../runner-client/call.ts';
import { changeZone } from './change-zone.ts';
import type { LandingDeps } from './landing-deps.ts';
import { keyOf, parseZone } from './parse-landing-params.ts';

/** GET /api/v1/landing-zones/{namespace}/{zone}/lifecycle. */
export function getZoneLifecycleRoute(deps: LandingDeps): HandledOperation<'getZoneLifecycle'> {
  return handleOperation('getZoneLifecycle', async (req, res) => {
    const zone = await parseZone(deps, req.params);
    const row = await findLandingZone(deps.db, keyOf(zone));
    // Without settings, only the storage knows whether the zone exists.
    if (row === undefined) await call(deps, 'get-landing-zone', zone, clientGone(res));
    setTag(res, zoneTag(row));
    const { lifecycle } = presentZoneSettings(keyOf(zone), row);
    res.json(presentLifecycle(lifecycle.processed_retention_days));
  });
}

/**
 * PUT /api/v1/landing-zones/{namespace}/{zone}/lifecycle: changes the fields that the body has. The
 * words of the body decide the answer: 204 for those of other clients.
 */
export function putZoneLifecycleRoute(deps: LandingDeps): HandledOperation<'putZoneLifecycle'> {
  return handleOperation('putZoneLifecycle', async (req, res, { body }) => {
    const zone = await parseZone(deps, req.params);
    const days = retentionOf(body);
    const changes = days === undefined ? {} : { processedRetentionDays: days };
    const how = { precondition: parsePrecondition(req), signal: clientGone(res) };
    const row = await changeZone(deps, zone, changes, how);
    setTag(res, zoneTag(row));
    if (body.processed_max_age_days !== undefined || body.auto_purge !== undefined) {
      res.status(204).end();
      return;
    }
    res.json(presentLifecycle(row.processedRetentionDays ?? null));
  });
}

/** The retention that a body asks for, in days; null: for ever; undefined: as it is. */
function retentionOf(body: PutLifecycleBody): number | null | undefined {
  if (body.auto_purge === false) return null;
  if (body.processed_retention_days !== undefined) return body.processed_retention_days;
  return body.processed_max_age_days;
}

function presentLifecycle(days: number | null): ZoneLifecycle {
  return {
    processed_retention_days: days,
    processed_max_age_days: days,
    auto_purge: days !== null,
  };
}
