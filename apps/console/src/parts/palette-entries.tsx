import type { AnswerOf } from '@rat/contracts';
import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Time } from '../time.tsx';
import { PLACES } from './places.ts';
import { shortId } from './run-names.ts';
import { markOf, StatusMark } from './status-mark.tsx';

type Found = AnswerOf<'search'>['results'][number];

/** One line of the palette. */
export interface Entry {
  key: string;
  kind: string;
  name: string;
  detail?: ReactNode;
  open: () => void;
}

/** The screens whose names have the text, and the things that the API found. */
export function useEntries(text: string, found: readonly Found[]): Entry[] {
  const navigate = useNavigate();
  const screens = PLACES.filter(({ name }) => name.toLowerCase().includes(text.toLowerCase()));
  return [
    ...screens.map(({ to, name }) => ({
      key: to,
      kind: 'screen',
      name,
      open: () => void navigate({ to }),
    })),
    ...found.map((one) => toEntry(one, navigate)),
  ];
}

function toEntry(found: Found, navigate: ReturnType<typeof useNavigate>): Entry {
  if (found.kind === 'namespace') {
    const { namespace: ns } = found;
    return {
      key: `namespace ${ns}`,
      kind: 'namespace',
      name: ns,
      open: () => void navigate({ to: '/pipelines', search: { ns } }),
    };
  }
  if (found.kind === 'landing_file') {
    const zone = `${found.namespace}/${found.zone}`;
    return {
      key: `file ${zone}/${found.name}`,
      kind: 'file',
      name: found.name,
      detail: zone,
      open: () => void navigate({ to: '/landing', search: { zone, file: found.name } }),
    };
  }
  const { kind, namespace, layer, name } = found;
  const params = { namespace, layer, name };
  const address = `${namespace}.${layer}.${name}`;
  if (kind === 'run')
    return {
      key: found.id,
      kind,
      name: `${layer}.${name} ${shortId(found.id)}`,
      detail: (
        <>
          <StatusMark mark={markOf(found)} /> <Time at={found.created_at} />
        </>
      ),
      open: () => void navigate({ to: '/runs/$runId', params: { runId: found.id } }),
    };
  if (kind === 'pipeline')
    return {
      key: `pipeline ${address}`,
      kind,
      name: `${layer}.${name}`,
      detail: namespace,
      open: () => void navigate({ to: '/p/$namespace/$layer/$name', params }),
    };
  const isColumn = kind === 'column';
  return {
    key: `${kind} ${address} ${isColumn ? found.column : ''}`,
    kind,
    name: isColumn ? found.column : `${layer}.${name}`,
    detail: isColumn ? address : namespace,
    open: () =>
      void navigate({
        to: '/t/$namespace/$layer/$name',
        params,
        search: isColumn ? { tab: 'schema' } : {},
      }),
  };
}
