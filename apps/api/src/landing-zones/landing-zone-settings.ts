import type { PutLandingZoneBody } from '@rat/contracts';
import {
  createLandingZone,
  findLandingZone,
  getLandingZone,
  zoneTag,
  type ZoneChanges,
} from '@rat/store';
import { clientGone } from '../http/client-gone.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { idempotencyOf, showMade } from '../http/idempotency.ts';
import { parsePrecondition, setTag } from '../http/precondition.ts';
import { call } from '../runner-client/call.ts';
import { changeZone } from './change-zone.ts';
import type { LandingDeps } from './landing-deps.ts';
import { keyOf, parseZone } from './parse-landing-params.ts';
import { presentChangedZone, presentZone } from './present-landing-zone.ts';
import { namesNothing } from '../http/names-nothing.ts';

/** GET /api/v1/landing-zones: a page of the zones of all namespaces, or of `?namespace=`. */
export function listAllLandingZonesRoute(
  deps: LandingDeps,
): HandledOperation<'listAllLandingZones'> {
  return handleOperation('listAllLandingZones', async (_req, res, { query }) => {
    if (namesNothing(query.namespace)) {
      res.json({ landing_zones: [], zones: [], total: 0 });
      return;
    }
    const page = await call(deps, 'list-all-landing-zones', query, clientGone(res));
    const zones = page.landing_zones.map(presentZone);
    res.json({ landing_zones: zones, zones, total: page.total });
  });
}

/** POST /api/v1/landing-zones: 201 with the settings; 409 when the zone has some. */
export function createLandingZoneRoute(deps: LandingDeps): HandledOperation<'createLandingZone'> {
  return handleOperation('createLandingZone', async (req, res, { body }) => {
    const signal = clientGone(res);
    const { namespace, name, ...given } = body;
    const idempotency = idempotencyOf(req, deps, { operation: 'create landing zone', ...body });
    const key = { namespace, name };
    const { isReplayed } = await createLandingZone(deps.db, key, toChanges(given), idempotency);
    const row = await showMade(res, isReplayed, getLandingZone(deps.db, key));
    const path = `/api/v1/landing-zones/${namespace}/${name}`;
    res
      .status(201)
      .location(path)
      .json(await presentChangedZone(deps, row, signal));
  });
}

/** GET /api/v1/landing-zones/{namespace}/{zone}: 404 for a zone that is neither row nor folder. */
export function getLandingZoneRoute(deps: LandingDeps): HandledOperation<'getLandingZone'> {
  return handleOperation('getLandingZone', async (req, res) => {
    const zone = await parseZone(deps, req.params);
    // Read before the answer: a change in between makes the tag old, and a write by it is refused.
    const tag = zoneTag(await findLandingZone(deps.db, keyOf(zone)));
    const answer = presentZone(await call(deps, 'get-landing-zone', zone, clientGone(res)));
    setTag(res, tag);
    res.json(answer);
  });
}

/** PUT /api/v1/landing-zones/{namespace}/{zone}: changes the fields that the body has. */
export function putLandingZoneRoute(deps: LandingDeps): HandledOperation<'putLandingZone'> {
  return handleOperation('putLandingZone', async (req, res, { body }) => {
    const zone = await parseZone(deps, req.params);
    const signal = clientGone(res);
    const how = { precondition: parsePrecondition(req), signal };
    const row = await changeZone(deps, zone, toChanges(body), how);
    setTag(res, zoneTag(row));
    res.json(await presentChangedZone(deps, row, signal));
  });
}

/** DELETE /api/v1/landing-zones/{namespace}/{zone}: 204; 409 as the runner decides. */
export function deleteLandingZoneRoute(deps: LandingDeps): HandledOperation<'deleteLandingZone'> {
  return handleOperation('deleteLandingZone', async (req, res, { query: { force } }) => {
    const zone = await parseZone(deps, req.params);
    await call(deps, 'delete-landing-zone', { ...zone, force }, clientGone(res));
    res.status(204).end();
  });
}

/** A field that is absent stays absent: it changes nothing. */
function toChanges(body: PutLandingZoneBody): ZoneChanges {
  const { description, owner, expected_schema, expected_columns, on_empty, lifecycle } = body;
  const days = lifecycle?.processed_retention_days;
  return {
    ...(description === undefined ? {} : { description }),
    ...(owner === undefined ? {} : { owner }),
    ...(expected_schema === undefined ? {} : { expectedSchema: expected_schema }),
    ...(expected_columns === undefined ? {} : { expectedColumns: expected_columns }),
    ...(on_empty === undefined ? {} : { onEmpty: on_empty }),
    ...(days === undefined ? {} : { processedRetentionDays: days }),
  };
}
