/** A setting of the process that starts this program; throws when it is absent. */
export function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
}

/** Ends this program when the benchmark closes its standard input or sends SIGTERM. */
export function endWithBenchmark(): void {
  process.stdin.resume().on('end', () => process.exit(0));
  process.on('SIGTERM', () => process.exit(0));
}

/** Prints the line for which the benchmark waits. */
export function announcePort(address: string | { port: number } | null): void {
  if (address === null || typeof address === 'string') throw new Error('no port is open');
  console.log(`listening on ${address.port}`);
}
