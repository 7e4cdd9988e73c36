import type { IncomingMessage } from 'node:http';
import { uploadQuestion, type UploadedFile } from '@rat/contracts';
import { checkLandingTarget, receiveLandingFile, type LandingZones } from '@rat/storage';

/**
 * Takes a file whose content is the request's body. `proceed` asks for the body; what can be refused is refused before.
 * Throws ConflictError, and what the request broke off with: then nothing stays.
 */
export async function takeUpload(
  zones: LandingZones,
  asked: URLSearchParams,
  req: IncomingMessage,
  proceed: () => void,
): Promise<UploadedFile> {
  const target = uploadQuestion.parse(Object.fromEntries(asked));
  await checkLandingTarget(zones, target);
  proceed();
  try {
    // Leaving the loop early must not cut the connection: the refusal still has to travel on it.
    return await receiveLandingFile(zones, target, req.iterator({ destroyOnReturn: false }));
  } finally {
    req.resume();
  }
}
