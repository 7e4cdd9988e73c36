/** Every key of the console: what is pressed, and what it does. */
export const KEYS = {
  palette: { keys: 'Ctrl-K', words: 'find a screen, a pipeline, a table or a run' },
  help: { keys: '?', words: 'show these keys' },
  filter: { keys: '/', words: 'go to the filter, or to the search of a log' },
  goRuns: { keys: 'g r', words: 'go to the runs' },
  goPipelines: { keys: 'g p', words: 'go to the pipelines' },
  goTables: { keys: 'g t', words: 'go to the tables' },
  goQuery: { keys: 'g q', words: 'go to the query' },
  next: { keys: 'j', words: 'next line of a list; Enter opens it' },
  previous: { keys: 'k', words: 'previous line of a list' },
  select: { keys: 'x', words: 'select the line, or do not' },
  cancel: { keys: 'c', words: 'cancel the run, after a question' },
  rerun: { keys: 'r', words: 'run it again' },
  follow: { keys: 'f', words: 'follow the log, or stop' },
  nextError: { keys: 'e', words: 'next error of the log' },
  previousError: { keys: 'E', words: 'previous error of the log' },
} as const satisfies Record<string, { keys: string; words: string }>;

export type KeyName = keyof typeof KEYS;

export const KEY_NAMES = Object.keys(KEYS) as KeyName[];
