import { Popover } from '@base-ui/react/popover';
import type { AnswerOf } from '@rat/contracts';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { rat } from '../../client.ts';
import { Answer } from '../../parts/answer.tsx';
import { countOf, formatCount } from '../../parts/numbers.ts';
import { isViewOf, parseRunsUrl, type RunsUrl } from '../../url/runs-url.ts';
import { ChangeView } from './change-view.tsx';
import { SaveView } from './save-view.tsx';
import { VIEWS_KEY } from './views-key.ts';
import styles from './run-views.module.css';

type View = AnswerOf<'listViews'>['views'][number];

const PAGE = 200;

/** The saved views of the list, and the name of the one that its address is. `onOpen`: a view is opened. */
export function RunViews({ url, onOpen }: { url: RunsUrl; onOpen: () => void }): ReactNode {
  const [isOpen, setOpen] = useState(false);
  const views = useQuery({
    queryKey: VIEWS_KEY,
    queryFn: ({ signal }) => rat.views.list({ screen: 'runs', limit: PAGE }, { signal }).first(),
  });
  const all = views.data?.views ?? [];
  const here = all.filter(({ query }) => isViewOf(query, url));
  const shown = here.find(({ mine }) => mine) ?? here[0];
  const open = (): void => {
    onOpen();
    setOpen(false);
  };
  return (
    <Popover.Root open={isOpen} onOpenChange={setOpen}>
      <Popover.Trigger className={styles.trigger}>
        {shown === undefined ? 'Views' : `View: ${shown.name}`} <span aria-hidden>▾</span>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner
          className={styles.place}
          align="start"
          sideOffset={4}
          collisionPadding={12}
        >
          <Popover.Popup className={styles.popup} aria-label="views">
            <Answer of={views} rows={3}>
              {({ views: page, total }) =>
                total === 0 ? (
                  <p className={styles.quiet}>
                    No view is saved yet. A view is a name for filters.
                  </p>
                ) : (
                  <>
                    <ViewList
                      title="Mine"
                      views={page.filter(({ mine }) => mine)}
                      shown={shown}
                      onOpen={open}
                    />
                    <ViewList
                      title="Shared"
                      views={page.filter(({ mine }) => !mine)}
                      shown={shown}
                      onOpen={open}
                    />
                    {total > page.length && (
                      <p className={styles.quiet}>
                        The first {formatCount(page.length)} of {countOf(total, 'view')}.
                      </p>
                    )}
                  </>
                )
              }
            </Answer>
            <SaveView
              url={url}
              own={all.filter(({ mine }) => mine)}
              onSaved={() => setOpen(false)}
            />
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

function ViewList({
  title,
  views,
  shown,
  onOpen,
}: {
  title: string;
  views: readonly View[];
  shown: View | undefined;
  onOpen: () => void;
}): ReactNode {
  if (views.length === 0) return null;
  return (
    <section aria-label={`${title} views`}>
      <h2>{title}</h2>
      <ul className={styles.list}>
        {views.map((view) => (
          <ViewLine key={view.id} view={view} isShown={view === shown} onOpen={onOpen} />
        ))}
      </ul>
    </section>
  );
}

function ViewLine({
  view,
  isShown,
  onOpen,
}: {
  view: View;
  isShown: boolean;
  onOpen: () => void;
}): ReactNode {
  const [isChanged, setChanged] = useState(false);
  if (isChanged)
    return (
      <li>
        <ChangeView view={view} onDone={() => setChanged(false)} />
      </li>
    );
  return (
    <li className={styles.line}>
      <span className={styles.check} aria-hidden>
        {isShown && '✓'}
      </span>
      <Link
        to="/runs"
        // A namespace that is left out would stay the one that is chosen now.
        search={({ live }) => ({ ns: undefined, live, ...parseRunsUrl(view.query) })}
        activeOptions={{ exact: true }}
        className={styles.name}
        onClick={onOpen}
      >
        {view.name}
      </Link>
      <span className={styles.quiet}>{whose(view)}</span>
      {view.may_change && (
        <button type="button" aria-label={`change ${view.name}`} onClick={() => setChanged(true)}>
          Change…
        </button>
      )}
    </li>
  );
}

function whose({ mine, shared, owner }: View): string {
  if (!mine) return owner === null ? '' : `by ${owner}`;
  return shared ? 'shared' : '';
}
