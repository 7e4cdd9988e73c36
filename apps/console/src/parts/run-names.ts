/** The address of a run's pipeline, as SQL has it: without the default namespace. */
export function addressOf(run: { namespace: string; layer: string; pipeline: string }): string {
  const { namespace, layer, pipeline } = run;
  return namespace === 'default' ? `${layer}.${pipeline}` : `${namespace}.${layer}.${pipeline}`;
}

/** The beginning of an id that differs from others. It ends with the millisecond; searches and addresses take it. */
export function shortId(id: string): string {
  return id.slice(0, 13);
}
