// The program behind `npm run test:interop`: prints one line a check and at the end `N passed, N
// failed`. With `--only NAME`, as often as needed, it runs these parts alone.
import { parseArgs } from 'node:util';
import { runInterop } from './interop.ts';

const { values } = parseArgs({ options: { only: { type: 'string', multiple: true } } });
const { passed, failed } = await runInterop(values.only);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
