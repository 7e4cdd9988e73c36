/** Ferry crossings and the ferries that made them: two files of the form that the tutorial uploads. */
export interface Crossing {
  crossing_id: string;
  route: string;
  day: string;
  ferry: string;
  port: string;
  country: string;
  outcome: 'success' | 'failure' | 'partial_failure';
  load_kg: number;
  kind: string;
}

const COUNTRIES = ['Norway', 'Greece', 'Japan', 'Chile', 'Canada'];
const FERRIES = [
  'Aurora',
  'Borealis',
  'Cyclades',
  'Drake',
  'Egadi',
  'Fjord',
  'Gannet',
  'Hokuto',
  'Ionia',
  'Juan',
  'Kodiak',
];
const KINDS = ['Passengers', 'Freight', 'Mixed'];

/** 25 crossings in two years and five countries; the eight of Norway in 2024 have one failure. */
export const CROSSINGS: Crossing[] = Array.from({ length: 25 }, (_, n) => {
  const isNorth = n < 8;
  const country = isNorth ? 'Norway' : (COUNTRIES[n % COUNTRIES.length] ?? '');
  const year = isNorth || n % 2 === 0 ? 2024 : 2023;
  return {
    crossing_id: `C${String(n + 1).padStart(3, '0')}`,
    route: `Route ${n + 1}`,
    day: `${year}-${String((n % 12) + 1).padStart(2, '0')}-${String((n % 27) + 1).padStart(2, '0')}`,
    ferry: FERRIES[n % FERRIES.length] ?? '',
    port: `Pier ${n % 4}`,
    // A crossing of Norway in 2024 is one of the first eight, whatever the rest holds.
    country: !isNorth && country === 'Norway' && year === 2024 ? 'Japan' : country,
    outcome: n === 3 || n === 12 ? 'failure' : n === 17 ? 'partial_failure' : 'success',
    load_kg: n * 1250,
    kind: KINDS[n % KINDS.length] ?? '',
  };
});

export const VESSELS = FERRIES.map((name, n) => ({
  ferry_name: name,
  builder: n % 2 === 0 ? 'Ulstein' : 'Fincantieri',
  country: COUNTRIES[n % COUNTRIES.length] ?? '',
  length_m: 80 + n * 7.5,
  decks: 2 + (n % 3),
  active: n % 4 !== 3,
}));

export function toCsv(rows: readonly object[]): string {
  const header = Object.keys(rows[0] ?? {}).join(',');
  const lines = rows.map((row) => Object.values(row).join(','));
  return `${[header, ...lines].join('\n')}\n`;
}

/** What the gold table must hold, counted from the crossings without any SQL. */
export function summaries(): object[] {
  const groupOf = (one: Crossing): string => `${one.country} ${one.day.slice(0, 4)}`;
  return [...new Set(CROSSINGS.map(groupOf))].map((group) => {
    const crossings = CROSSINGS.filter((one) => groupOf(one) === group);
    const successes = crossings.filter((one) => one.outcome === 'success').length;
    return {
      country: crossings[0]?.country,
      year: Number(crossings[0]?.day.slice(0, 4)),
      crossings: crossings.length,
      successes,
      success_rate_pct: Math.round((1000 * successes) / crossings.length) / 10,
      load_kg: crossings.reduce((sum, one) => sum + one.load_kg, 0),
      ferries: new Set(crossings.map((one) => one.ferry)).size,
      kinds: [...new Set(crossings.map((one) => one.kind))].sort().join(', '),
    };
  });
}
