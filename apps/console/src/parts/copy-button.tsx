import { useEffect, useState, type ReactNode } from 'react';

const SHOWN_MS = 2_000;

/** Copies a text, and says that it did. The text is made when it is requested. */
export function CopyButton({
  label = 'Copy',
  text,
}: {
  label?: string;
  text: () => string;
}): ReactNode {
  const [outcome, setOutcome] = useState<'copied' | 'refused'>();
  useEffect(() => {
    if (outcome === undefined) return undefined;
    const timer = window.setTimeout(() => setOutcome(undefined), SHOWN_MS);
    return () => window.clearTimeout(timer);
  }, [outcome]);
  const copy = (): void => {
    navigator.clipboard.writeText(text()).then(
      () => setOutcome('copied'),
      () => setOutcome('refused'),
    );
  };
  return (
    <button type="button" onClick={copy}>
      {outcome === undefined ? label : outcome === 'copied' ? '✓ Copied' : '✕ Not allowed'}
    </button>
  );
}
