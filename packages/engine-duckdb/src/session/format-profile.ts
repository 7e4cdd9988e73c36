type Fields = Readonly<Record<string, unknown>>;

/**
 * Formats DuckDB's JSON profile of one statement for its author: a line for the whole, then one for
 * each operator, with its inputs indented below it. An operator's time is the sum over all threads.
 * Undefined for a text that is no profile.
 */
export function formatProfile(json: string): string | undefined {
  const root = parse(json);
  if (root === undefined || typeof root['latency'] !== 'number') return undefined;
  const facts = [
    `${milliseconds(root['latency'])} in all`,
    `CPU ${milliseconds(root['cpu_time'])}`,
    `${numberOf(root['cumulative_rows_scanned'])} rows read`,
    `memory ${megabytes(root['system_peak_buffer_memory'])}`,
    `spilled ${megabytes(root['system_peak_temp_dir_size'])}`,
  ];
  return [`Profile: ${facts.join(', ')}`, ...children(root).flatMap((one) => lines(one, 1))].join(
    '\n',
  );
}

function lines(operator: Fields, depth: number): string[] {
  const name = textOf(operator['operator_name']).trim();
  const named = `${name} ${textOf(asFields(operator['extra_info'])?.['Table'])}`.trim();
  const rows = numberOf(operator['operator_cardinality']);
  const line = `${'  '.repeat(depth)}${named}: ${rows} rows, ${milliseconds(operator['operator_timing'])}`;
  return [line, ...children(operator).flatMap((one) => lines(one, depth + 1))];
}

function children(operator: Fields): Fields[] {
  const list: unknown = operator['children'];
  if (!Array.isArray(list)) return [];
  return list.map(asFields).filter((one) => one !== undefined);
}

function parse(json: string): Fields | undefined {
  try {
    return asFields(JSON.parse(json));
  } catch {
    // The statement ended before DuckDB measured it, or while DuckDB wrote the file.
    return undefined;
  }
}

function asFields(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null ? (value as Fields) : undefined;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}

function milliseconds(seconds: unknown): string {
  return `${(numberOf(seconds) * 1_000).toFixed(1)} ms`;
}

function megabytes(bytes: unknown): string {
  return `${(numberOf(bytes) / 1_000_000).toFixed(1)} MB`;
}
