import { expect, test } from '@jest/globals';
import { formatProfile } from './format-profile.ts';

test('a profile is formatted as a line for the whole and one for each operator, indented below its consumer', () => {
  const measured = {
    latency: 0.026,
    cpu_time: 0.0244,
    cumulative_rows_scanned: 1000,
    system_peak_buffer_memory: 35_403_776,
    system_peak_temp_dir_size: 0,
    children: [
      {
        operator_name: 'HASH_GROUP_BY',
        operator_cardinality: 7,
        operator_timing: 0.0011,
        extra_info: {},
        children: [
          {
            operator_name: 'SEQ_SCAN ',
            operator_cardinality: 1000,
            operator_timing: 0.0005,
            extra_info: { Table: 'memory.main.t' },
            children: [],
          },
        ],
      },
    ],
  };
  expect(formatProfile(JSON.stringify(measured))).toBe(
    [
      'Profile: 26.0 ms in all, CPU 24.4 ms, 1000 rows read, memory 35.4 MB, spilled 0.0 MB',
      '  HASH_GROUP_BY: 7 rows, 1.1 ms',
      '    SEQ_SCAN memory.main.t: 1000 rows, 0.5 ms',
    ].join('\n'),
  );
});

test.each(['', '{"latency": 0.1', 'null', '[]', '{}'])(
  'a text that is no profile has no format: %j',
  (json) => {
    expect(formatProfile(json)).toBeUndefined();
  },
);
