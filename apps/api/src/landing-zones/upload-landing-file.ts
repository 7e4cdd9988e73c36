import { createHash } from 'node:crypto';
import type { StoredLandingFile, StoredUpload, UploadedFile } from '@rat/contracts';
import { noteUpload } from '@rat/dispatch';
import { ConflictError, UnavailableError } from '@rat/domain';
import {
  findLandingUploads,
  findUploadReplay,
  keepUpload,
  recordLandingUpload,
  type IdempotencyKey,
  type KeptUpload,
} from '@rat/store';
import { clientGone } from '../http/client-gone.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { parseRequestedBy } from '../http/requested-by.ts';
import { call } from '../runner-client/call.ts';
import { upload } from '../runner-client/upload.ts';
import { idempotencyOf } from '../http/idempotency.ts';
import type { LandingDeps } from './landing-deps.ts';
import { meterUpload } from './meter-upload.ts';
import { parseZone, type ZoneParams } from './parse-landing-params.ts';
import { presentDelivery, statedType } from './present-landing-file.ts';
import { withUploaded } from './with-uploaded.ts';

/**
 * POST /api/v1/landing-zones/{namespace}/{zone}/files: stores the body, of any content type, as the
 * file `?name=…` of the zone. A multipart form stores its single file. The file appears complete or
 * not at all. 201, also for the very same content under the same name: in a form it is a new
 * delivery, otherwise a request that was sent again, which changes nothing. 409 for other
 * content under a taken name, unless `replace=true`; 413 when the file is too large; 422
 * when the zone expects other columns. With an `Idempotency-Key`, a repeated request is answered as
 * the first one and stores nothing, also when a run has archived the file.
 */
export function uploadLandingFileRoute(deps: LandingDeps): HandledOperation<'uploadLandingFile'> {
  return handleOperation('uploadLandingFile', async (req, res, { query }) => {
    const signal = clientGone(res);
    const uploadedBy = parseRequestedBy(req);
    const options = { query, maxBytes: deps.uploadMaxBytes, signal };
    const file = await withUploaded(req, options, async (uploaded) => {
      const zone = await parseZone(deps, req.params);
      const { name, replace, contentType, isForm } = uploaded;
      const request = { operation: 'upload', ...zone, name, replace };
      const key = idempotencyOf(req, deps, request);
      const earlier = key && (await findUploadReplay(deps.db, key));
      if (earlier !== undefined) {
        res.set('Idempotent-Replayed', 'true');
        return replay(deps, { zone, name, earlier }, uploaded.content);
      }
      const metered = { ...uploaded, namespace: zone.namespace };
      const target = { ...zone, name, replace, isNews: isForm && key === undefined };
      const stored = await meterUpload(deps, metered, (content) =>
        upload(deps, target, content, signal),
      );
      const sender = { contentType: statedType(contentType), uploadedBy };
      return present(deps, { zone, stored, sender, key }, signal);
    });
    const { namespace, zone } = req.params;
    const path = `/api/v1/landing-zones/${namespace}/${zone}/files/${encodeURIComponent(file.name)}`;
    res.status(201).location(path).json(file);
  });
}

interface Delivery {
  zone: ZoneParams;
  stored: StoredUpload;
  sender: { contentType: string | undefined; uploadedBy: string | undefined };
  key: IdempotencyKey | undefined;
}

async function present(
  deps: LandingDeps,
  { zone, stored, sender, key }: Delivery,
  signal: AbortSignal,
): Promise<UploadedFile> {
  const file = await withTime(deps, zone, stored, signal);
  const { name, bytes } = file;
  const facts = { name, bytes, modifiedAt: new Date(file.modified_at), ...sender };
  const recorded = await recordLandingUpload(deps.db, zone, facts);
  if (key !== undefined) {
    const { modifiedAt } = facts;
    const { sha256 } = stored;
    // Before a trigger learns of the file: a run may archive it at once.
    await keepUpload(deps.db, key, { namespace: zone.namespace, bytes, modifiedAt, sha256 });
  }
  await noteUpload(deps, zone, { path: name, bytes, modifiedAt: facts.modifiedAt });
  return { ...file, sha256: stored.sha256, ...presentDelivery(zone, file, recorded) };
}

/** The answer to an upload whose file an earlier request with its key has stored. */
async function replay(
  { db }: LandingDeps,
  { zone, name, earlier }: { zone: ZoneParams; name: string; earlier: KeptUpload },
  content: AsyncIterable<Buffer>,
): Promise<UploadedFile> {
  const hash = createHash('sha256');
  for await (const piece of content) hash.update(piece);
  const { bytes, modifiedAt, sha256 } = earlier;
  if (hash.digest('hex') !== sha256) {
    throw new ConflictError('this Idempotency-Key was used with another content');
  }
  const file = { name, bytes, modified_at: modifiedAt.toISOString() };
  const [recorded] = await findLandingUploads(db, zone, [{ name, bytes, modifiedAt }]);
  return { ...file, sha256, ...presentDelivery(zone, file, recorded) };
}

/** A runner of an earlier version does not send the time of a stored file; its list has it. */
async function withTime(
  deps: LandingDeps,
  zone: ZoneParams,
  { name, bytes, modified_at }: StoredUpload,
  signal: AbortSignal,
): Promise<StoredLandingFile> {
  if (modified_at !== undefined) return { name, bytes, modified_at };
  const page = { processed: false, limit: Number.MAX_SAFE_INTEGER, offset: 0 };
  const { files } = await call(deps, 'list-landing-files', { ...zone, ...page }, signal);
  const found = files.find((file) => file.name === name);
  if (found === undefined) {
    throw new UnavailableError('the file is stored, and a run has taken it already');
  }
  return found;
}
