// The program behind `npm run test:interop`: prints one line a check and at the end `N passed, N
// failed`. Without Python it skips and exits with 0.
import { runInterop } from './interop.ts';

const { passed, failed } = await runInterop();
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
