import {
  SAMPLE_MAX_BYTES,
  SAMPLES_MAX,
  type RunnerRequest,
  type RunnerResponse,
} from '@rat/contracts';
import { InputError, NotFoundError, UnprocessableError } from '@rat/domain';
import { putSample, removeSample } from '@rat/storage';
import { presentFile } from './list-landing.ts';
import type { RunnerApiDeps } from './runner-api-deps.ts';

type SampleDeps = Pick<RunnerApiDeps, 'warehouse'>;

/** All samples of a zone: there are few. */
export async function listLandingSamples(
  { warehouse }: SampleDeps,
  { namespace, zone }: RunnerRequest<'list-landing-samples'>,
): Promise<RunnerResponse<'list-landing-samples'>> {
  const samples = await warehouse.landing.listSamples(namespace, zone);
  return { samples: samples.map(presentFile), total: samples.length };
}

/**
 * Stores a sample. Throws InputError for one that is too large, UnprocessableError for one that is no
 * text, and ConflictError as `putSample` does.
 */
export async function putLandingSample(
  { warehouse }: SampleDeps,
  { content, ...target }: RunnerRequest<'put-landing-sample'>,
): Promise<RunnerResponse<'put-landing-sample'>> {
  const bytes = Buffer.from(content, 'base64');
  if (bytes.length > SAMPLE_MAX_BYTES) throw new InputError('the sample is too large');
  assertText(bytes, target.name);
  return presentFile(await putSample(warehouse.landing, target, bytes, SAMPLES_MAX));
}

/** Removes a sample. Throws NotFoundError. */
export async function deleteLandingSample(
  { warehouse }: SampleDeps,
  target: RunnerRequest<'delete-landing-sample'>,
): Promise<RunnerResponse<'delete-landing-sample'>> {
  if (await removeSample(warehouse.landing, target)) return { deleted: true };
  const { namespace, zone, name } = target;
  throw new NotFoundError(`landing zone ${namespace}/${zone} has no sample ${name}`);
}

/** A preview shows samples to people, and a client may send them in JSON. */
function assertText(bytes: Uint8Array, name: string): void {
  const message = `must be text in UTF-8, such as CSV or JSON, and ${name} is not`;
  const refuse = (options: ErrorOptions = {}): never => {
    throw new UnprocessableError(`a sample ${message}`, [{ path: 'content', message }], options);
  };
  if (bytes.includes(0)) refuse();
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    refuse({ cause });
  }
}
