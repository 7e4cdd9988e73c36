import { closeServices } from './open-services.ts';

/** Stops the test services. Jest calls it once after the last test, in the set-up's process. */
export default async function globalTeardown(): Promise<void> {
  await closeServices();
}
