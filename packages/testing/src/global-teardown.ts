import { closeServices } from './open-services.ts';

/** Jest calls this once after the last test, in the process that ran the set-up. */
export default async function globalTeardown(): Promise<void> {
  await closeServices();
}
