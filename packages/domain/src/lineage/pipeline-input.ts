/** One thing that a pipeline reads. */
export interface PipelineInput {
  /**
   * `ref` and `landing`: its SQL reads a table, or a landing zone. `test`: one of its quality tests
   * reads either.
   */
  kind: 'ref' | 'landing' | 'test';
  /** `namespace.layer.name` of a table, `namespace/zone` of a landing zone. */
  target: string;
}
