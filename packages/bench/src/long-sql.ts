/** A statement that runs for minutes in constant memory. */
export const LONG_SQL = 'SELECT sum(hash(a.range) % 7) AS n FROM range(100000000000) a';
