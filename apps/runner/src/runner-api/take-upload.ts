import type { IncomingMessage } from 'node:http';
import { uploadRequest, type UploadedFile } from '@rat/contracts';
import { checkLandingTarget, receiveLandingFile, type LandingZones } from '@rat/storage';

/**
 * Receives a landing file whose content is the request's body. `proceed` requests the body from the
 * client, after all checks. Throws ConflictError, and the error of an interrupted request; no file
 * stays then.
 */
export async function takeUpload(
  zones: LandingZones,
  query: URLSearchParams,
  req: IncomingMessage,
  proceed: () => void,
): Promise<UploadedFile> {
  const target = uploadRequest.parse(Object.fromEntries(query));
  await checkLandingTarget(zones, target);
  proceed();
  try {
    // Leaving the loop early must not close the connection: the error response still uses it.
    return await receiveLandingFile(zones, target, req.iterator({ destroyOnReturn: false }));
  } finally {
    req.resume();
  }
}
