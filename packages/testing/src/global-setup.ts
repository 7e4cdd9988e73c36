import { openServices } from './open-services.ts';

/** Starts the test services. Jest calls it once before the first integration or end-to-end test. */
export default async function globalSetup(): Promise<void> {
  const start = performance.now();
  await openServices();
  process.stdout.write(
    `test services … up in ${((performance.now() - start) / 1000).toFixed(1)} s\n`,
  );
}
