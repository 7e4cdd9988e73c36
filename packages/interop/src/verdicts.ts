/** The readers' and writers' verdicts. */
export interface InteropCounts {
  passed: number;
  failed: number;
}

export const counts: InteropCounts = { passed: 0, failed: 0 };

/** Prints and counts whether a value is the expected one. */
export function check(what: string, found: unknown, expected: unknown): void {
  const same = JSON.stringify(found) === JSON.stringify(expected);
  tell(same ? `ok   ${what}` : `FAIL ${what}: found ${JSON.stringify(found)}`);
}

/** Prints a line, and counts it when it is a verdict. */
export function tell(line: string): void {
  if (line.startsWith('ok ')) counts.passed += 1;
  else if (line.startsWith('FAIL ')) counts.failed += 1;
  console.log(line);
}
