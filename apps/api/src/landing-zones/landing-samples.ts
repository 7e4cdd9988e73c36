import {
  landingFileName,
  SAMPLE_MAX_BYTES,
  type LandingSampleAnswer,
  type LandingSamplesAnswer,
} from '@rat/contracts';
import type { LandingDeps } from './landing-deps.ts';
import { clientGone } from '../http/client-gone.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { parseInput } from '../http/parse-input.ts';
import { call } from '../runner-client/call.ts';
import { meterUpload } from './meter-upload.ts';
import { parseZone, type ZoneParams } from './parse-landing-params.ts';
import { logicalPath } from './present-landing-file.ts';
import { withUploaded } from './with-uploaded.ts';

/** GET /api/v1/landing-zones/{namespace}/{zone}/samples: all samples of a zone. */
export function listLandingSamplesRoute(deps: LandingDeps): HandledOperation<'listLandingSamples'> {
  return handleOperation('listLandingSamples', async (req, res) => {
    const zone = await parseZone(deps, req.params);
    const { samples, total } = await call(deps, 'list-landing-samples', zone, clientGone(res));
    const files = samples.map(({ name, bytes, modified_at }) => ({
      path: pathOf(zone, name),
      size: bytes,
      modified: modified_at,
      type: 'sample' as const,
    }));
    const answer: LandingSamplesAnswer = { samples, files, total };
    res.json(answer);
  });
}

/**
 * POST /api/v1/landing-zones/{namespace}/{zone}/samples: stores a small text that previews read. 201;
 * 409 when the name is taken by other content or the zone is full, 413 when it is too large, 422 when it is no text.
 */
export function uploadLandingSampleRoute(
  deps: LandingDeps,
): HandledOperation<'uploadLandingSample'> {
  return handleOperation('uploadLandingSample', async (req, res, { query }) => {
    const signal = clientGone(res);
    const options = { query, maxBytes: SAMPLE_MAX_BYTES, signal };
    const sample = await withUploaded(req, options, async (uploaded) => {
      const zone = await parseZone(deps, req.params);
      const request = { ...zone, name: uploaded.name, replace: uploaded.replace };
      const metered = { ...uploaded, namespace: zone.namespace };
      const stored = await meterUpload(deps, metered, async (pieces) => {
        const chunks: Buffer[] = [];
        for await (const piece of pieces) chunks.push(piece);
        const content = Buffer.concat(chunks).toString('base64');
        return call(deps, 'put-landing-sample', { ...request, content }, signal);
      });
      const answer: LandingSampleAnswer = {
        ...stored,
        path: pathOf(zone, stored.name),
        filename: stored.name,
        size: stored.bytes,
        status: 'uploaded',
      };
      return answer;
    });
    res.status(201).json(sample);
  });
}

/** DELETE /api/v1/landing-zones/{namespace}/{zone}/samples/{name}: 204; 404 for a missing one. */
export function deleteLandingSampleRoute(
  deps: LandingDeps,
): HandledOperation<'deleteLandingSample'> {
  return handleOperation('deleteLandingSample', async (req, res) => {
    const name = parseInput(landingFileName, req.params.name);
    const target = { ...(await parseZone(deps, req.params)), name };
    await call(deps, 'delete-landing-sample', target, clientGone(res));
    res.status(204).end();
  });
}

function pathOf(zone: ZoneParams, name: string): string {
  return logicalPath(zone, `_samples/${name}`);
}
