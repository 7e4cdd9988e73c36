// Attacks the API at ATTACKED_PORT in the way that ATTACK names, and prints how each connection ended. It is a program of
// its own: the benchmark that measures the API must not be delayed by the attack.
import { attacks, type AttackName } from '../hostile/attacks.ts';
import { endWithBenchmark, setting } from './program.ts';

endWithBenchmark();
// The benchmark takes the name from the same list.
const { run } = attacks[setting('ATTACK') as AttackName];
const began = run(Number(setting('ATTACKED_PORT')));
console.log('working');
console.log(`refusals ${JSON.stringify(await began)}`);
