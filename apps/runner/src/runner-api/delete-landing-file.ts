import type { RunnerResponse, RunnerRequest } from '@rat/contracts';
import { NotFoundError } from '@rat/domain';
import { presentFile } from './list-landing.ts';
import type { RunnerApiDeps } from './runner-api-deps.ts';

/** Removes a file that waits in a zone; with `only`, only that very file. Throws NotFoundError. */
export async function deleteLandingFile(
  { warehouse: { landing } }: Pick<RunnerApiDeps, 'warehouse'>,
  { namespace, zone, name, only }: RunnerRequest<'delete-landing-file'>,
): Promise<RunnerResponse<'delete-landing-file'>> {
  const found = only && (await landing.findFile(namespace, zone, name));
  const isOther = found !== undefined && !isFile(presentFile({ path: name, ...found }), only);
  if (isOther || !(await landing.removeFile(namespace, zone, name))) {
    const which = isOther ? `file ${name} of this id any more` : `file ${name}`;
    throw new NotFoundError(`landing zone ${namespace}/${zone} has no ${which}`);
  }
  return { deleted: true };
}

function isFile(
  file: { bytes: number; modified_at: string },
  only: RunnerRequest<'delete-landing-file'>['only'],
): boolean {
  return file.bytes === only?.bytes && file.modified_at === only.modified_at;
}
