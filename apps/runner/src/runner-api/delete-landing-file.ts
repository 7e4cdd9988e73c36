import type { RunnerResponse, RunnerRequest } from '@rat/contracts';
import { NotFoundError } from '@rat/domain';
import type { RunnerApiDeps } from './runner-api-deps.ts';

/** Removes a file that waits in a zone. Throws NotFoundError. */
export async function deleteLandingFile(
  { warehouse }: Pick<RunnerApiDeps, 'warehouse'>,
  { namespace, zone, name }: RunnerRequest<'delete-landing-file'>,
): Promise<RunnerResponse<'delete-landing-file'>> {
  if (!(await warehouse.landing.removeFile(namespace, zone, name))) {
    throw new NotFoundError(`landing zone ${namespace}/${zone} has no file ${name}`);
  }
  return { deleted: true };
}
