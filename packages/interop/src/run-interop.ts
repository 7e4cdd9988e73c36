// The program behind `npm run test:interop`: prints one line a check and at the end `N passed, N
// failed`. What needs Python is skipped without it, and is no failure.
import { runInterop } from './interop.ts';

const { passed, failed } = await runInterop();
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
