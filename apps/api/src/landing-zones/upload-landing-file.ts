import type { StoredLandingFile, StoredUpload, UploadedFile } from '@rat/contracts';
import { noteUpload } from '@rat/dispatch';
import { UnavailableError } from '@rat/domain';
import { recordLandingUpload } from '@rat/store';
import { clientGone } from '../http/client-gone.ts';
import { handleOperation, type HandledOperation } from '../http/operation.ts';
import { parseRequestedBy } from '../http/requested-by.ts';
import { call } from '../runner-client/call.ts';
import { upload } from '../runner-client/upload.ts';
import type { LandingDeps } from './landing-deps.ts';
import { meterUpload } from './meter-upload.ts';
import { parseZone, type ZoneParams } from './parse-landing-params.ts';
import { presentDelivery, statedType } from './present-landing-file.ts';
import { withUploaded } from './with-uploaded.ts';

/**
 * POST /api/v1/landing-zones/{namespace}/{zone}/files: stores the body, of any content type, as the
 * file `?name=…` of the zone. A multipart form stores its single file. The file appears complete or
 * not at all. 201, also for the very same content under the same name, which changes nothing; 409
 * for other content under a taken name, unless `replace=true`; 413 when the file is too large; 422
 * when the zone expects other columns.
 */
export function uploadLandingFileRoute(deps: LandingDeps): HandledOperation<'uploadLandingFile'> {
  return handleOperation('uploadLandingFile', async (req, res, { query }) => {
    const signal = clientGone(res);
    const uploadedBy = parseRequestedBy(req);
    const options = { query, maxBytes: deps.uploadMaxBytes, signal };
    const file = await withUploaded(req, options, async (uploaded) => {
      const zone = await parseZone(deps, req.params);
      const { name, replace, contentType } = uploaded;
      const metered = { ...uploaded, namespace: zone.namespace };
      const stored = await meterUpload(deps, metered, (content) =>
        upload(deps, { ...zone, name, replace }, content, signal),
      );
      const sender = { contentType: statedType(contentType), uploadedBy };
      return present(deps, { zone, stored, sender }, signal);
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
}

async function present(
  deps: LandingDeps,
  { zone, stored, sender }: Delivery,
  signal: AbortSignal,
): Promise<UploadedFile> {
  const file = await withTime(deps, zone, stored, signal);
  const { name, bytes } = file;
  const facts = { name, bytes, modifiedAt: new Date(file.modified_at), ...sender };
  const recorded = await recordLandingUpload(deps.db, zone, facts);
  await noteUpload(deps, zone, { path: name, bytes, modifiedAt: facts.modifiedAt });
  return { ...file, sha256: stored.sha256, ...presentDelivery(zone, file, recorded) };
}

/** A runner of an earlier version does not say the time of a stored file; its list does. */
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
