/** What a word of a template is: a value, or a function with what its argument names. */
interface TemplateWord {
  /** Absent: a value, which is written without parentheses. */
  takes?: 'nothing' | 'table' | 'landing zone' | 'parameter';
  means: string;
}

/** The words that a template may contain between `{{` and `}}`. They are rendered by `compileTemplate` of `packages/pipelines`. */
export const TEMPLATE_WORDS = {
  ref: { takes: 'table', means: 'the table of another pipeline' },
  landing_zone: { takes: 'landing zone', means: 'the list of the files in a landing zone' },
  this: { means: "the pipeline's own table; in a quality test, the rows just written" },
  is_incremental: { takes: 'nothing', means: 'whether the table existed when the run started' },
  watermark_value: { means: 'the greatest value in watermark_column; NULL on a first run' },
  run_started_at: { means: 'the start of the attempt, as text' },
  param: { takes: 'parameter', means: 'the value that the run gives to a parameter' },
  has_interval: { takes: 'nothing', means: 'whether the run is about a time' },
  interval_start: { means: 'the start of the time that the run is about' },
  interval_end: { means: 'the end of the time that the run is about' },
  run_logical_date: { means: "the date of the start in the schedule's zone" },
} as const satisfies Record<string, TemplateWord>;

export type TemplateWordName = keyof typeof TEMPLATE_WORDS;
