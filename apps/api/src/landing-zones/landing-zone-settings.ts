import {
  presentZoneSettings,
  type LandingZoneSettings,
  type PutLandingZoneBody,
  type ZoneLifecycle,
} from '@rat/contracts';
import { isSlug } from '@rat/domain';
import {
  changeLandingZone,
  createLandingZone,
  findLandingZone,
  type LandingZoneRow,
  type ZoneChanges,
} from '@rat/store';
import type { LandingDeps } from './landing-deps.ts';
import { clientGone } from '../http/client-gone.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { call } from '../runner-client/call.ts';
import { parseZone, type ZoneParams } from './parse-landing-params.ts';

/** GET /api/v1/landing-zones: a page of the zones of all namespaces, or of `?namespace=`. */
export function listAllLandingZonesRoute(
  deps: LandingDeps,
): HandledOperation<'listAllLandingZones'> {
  return handleOperation('listAllLandingZones', async (_req, res, { query }) => {
    if (query.namespace !== undefined && !isSlug(query.namespace)) {
      res.json({ landing_zones: [], total: 0 });
      return;
    }
    res.json(await call(deps, 'list-all-landing-zones', query, clientGone(res)));
  });
}

/** POST /api/v1/landing-zones: 201 with the settings; 409 when the zone has some. */
export function createLandingZoneRoute(deps: LandingDeps): HandledOperation<'createLandingZone'> {
  return handleOperation('createLandingZone', async (_req, res, { body }) => {
    const { namespace, name, ...given } = body;
    const row = await createLandingZone(deps.db, { namespace, name }, toChanges(given));
    const path = `/api/v1/landing-zones/${namespace}/${name}`;
    res.status(201).location(path).json(presentSettings(row));
  });
}

/** GET /api/v1/landing-zones/{namespace}/{zone}: 404 for a zone that is neither row nor folder. */
export function getLandingZoneRoute(deps: LandingDeps): HandledOperation<'getLandingZone'> {
  return handleOperation('getLandingZone', async (req, res) => {
    const zone = await parseZone(deps, req.params);
    res.json(await call(deps, 'get-landing-zone', zone, clientGone(res)));
  });
}

/** PUT /api/v1/landing-zones/{namespace}/{zone}: changes the fields that the body has. */
export function putLandingZoneRoute(deps: LandingDeps): HandledOperation<'putLandingZone'> {
  return handleOperation('putLandingZone', async (req, res, { body }) => {
    const zone = await parseZone(deps, req.params);
    res.json(presentSettings(await change(deps, zone, toChanges(body), clientGone(res))));
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

/** GET /api/v1/landing-zones/{namespace}/{zone}/lifecycle. */
export function getZoneLifecycleRoute(deps: LandingDeps): HandledOperation<'getZoneLifecycle'> {
  return handleOperation('getZoneLifecycle', async (req, res) => {
    const zone = await parseZone(deps, req.params);
    const row = await findLandingZone(deps.db, keyOf(zone));
    // Without settings, only the storage knows whether the zone exists.
    if (row === undefined) await call(deps, 'get-landing-zone', zone, clientGone(res));
    res.json(presentZoneSettings(keyOf(zone), row).lifecycle);
  });
}

/** PUT /api/v1/landing-zones/{namespace}/{zone}/lifecycle: changes the fields that the body has. */
export function putZoneLifecycleRoute(deps: LandingDeps): HandledOperation<'putZoneLifecycle'> {
  return handleOperation('putZoneLifecycle', async (req, res, { body }) => {
    const zone = await parseZone(deps, req.params);
    const row = await change(deps, zone, toChanges({ lifecycle: body }), clientGone(res));
    const answer: ZoneLifecycle = presentSettings(row).lifecycle;
    res.json(answer);
  });
}

/** Throws NotFoundError for a zone that is neither row nor folder. */
async function change(
  deps: LandingDeps,
  zone: ZoneParams,
  changes: ZoneChanges,
  signal: AbortSignal,
): Promise<LandingZoneRow> {
  const key = keyOf(zone);
  const changed = await changeLandingZone(deps.db, key, changes, { createsMissing: false });
  if (changed !== undefined) return changed;
  await call(deps, 'get-landing-zone', zone, signal);
  const created = await changeLandingZone(deps.db, key, changes, { createsMissing: true });
  if (created === undefined) throw new Error('a created landing zone is missing');
  return created;
}

function keyOf({ namespace, zone: name }: ZoneParams): { namespace: string; name: string } {
  return { namespace, name };
}

function presentSettings(row: LandingZoneRow): LandingZoneSettings {
  return presentZoneSettings(row, row);
}

/** A field that is absent stays absent: it changes nothing. */
function toChanges(body: PutLandingZoneBody): ZoneChanges {
  const { description, owner, expected_columns, on_empty, lifecycle } = body;
  const days = lifecycle?.processed_retention_days;
  return {
    ...(description === undefined ? {} : { description }),
    ...(owner === undefined ? {} : { owner }),
    ...(expected_columns === undefined ? {} : { expectedColumns: expected_columns }),
    ...(on_empty === undefined ? {} : { onEmpty: on_empty }),
    ...(days === undefined ? {} : { processedRetentionDays: days }),
  };
}
