import type { AnswerOf } from '@rat/contracts';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState, type ReactNode } from 'react';
import { holdPage, queries, rat } from '../../client.ts';
import { Answer } from '../../parts/answer.tsx';
import { Consent } from '../../parts/consent.tsx';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Lines } from '../../parts/lines.tsx';
import { countOf, formatCount } from '../../parts/numbers.ts';
import { formatAge, Time, useNow } from '../../time.tsx';
import { NewToken } from './new-token.tsx';
import styles from './settings-screen.module.css';

type Token = AnswerOf<'listTokens'>['tokens'][number];

const PAGE = 200;

/** The tokens, and the way to make and to revoke one. */
export function TokensTab(): ReactNode {
  const [made, setMade] = useState<{ name: string; token: string }>();
  const tokens = useQuery({
    queryKey: ['tokens'],
    queryFn: ({ signal }) => rat.tokens.list({ limit: PAGE }, { signal }).first(),
  });
  useEffect(() => () => holdPage(false), []);
  const show = (token: typeof made): void => {
    holdPage(token !== undefined);
    setMade(token);
  };
  return (
    <div className={styles.sections}>
      <NewToken onMade={show} />
      {made !== undefined && <MadeToken {...made} onSeen={() => show(undefined)} />}
      <Answer of={tokens} rows={5}>
        {(page) =>
          page.total === 0 ? (
            <Empty title="There is no token yet">
              <p>The first one must have the role admin and no end.</p>
            </Empty>
          ) : (
            <>
              <TokenList tokens={page.tokens} />
              {page.total > page.tokens.length && (
                <p className={styles.quiet}>
                  The newest {formatCount(page.tokens.length)} of {countOf(page.total, 'token')}.
                </p>
              )}
            </>
          )
        }
      </Answer>
    </div>
  );
}

/** A token that was made just now. Nobody can show it a second time. */
function MadeToken({
  name,
  token,
  onSeen,
}: {
  name: string;
  token: string;
  onSeen: () => void;
}): ReactNode {
  return (
    <section role="alert" className={styles.made}>
      <h2>The token {name} is made. Copy it now: it is shown this once.</h2>
      <p className={styles.row}>
        <code className={styles.secret}>{token}</code>
        <CopyButton text={() => token} />
        <button type="button" onClick={onSeen}>
          I have it
        </button>
      </p>
    </section>
  );
}

function TokenList({ tokens }: { tokens: readonly Token[] }): ReactNode {
  return (
    <Lines
      of="tokens"
      columns={[
        { name: 'Name' },
        { name: 'Role' },
        { name: 'Namespaces' },
        { name: 'Made' },
        { name: 'Last used' },
        { name: 'Ends' },
        { name: 'State' },
      ]}
    >
      {tokens.map((token) => (
        <tr key={token.id}>
          <th scope="row">{token.name}</th>
          <td>{token.role}</td>
          <td>{token.namespaces === null ? 'all' : token.namespaces.join(', ')}</td>
          <td>
            <Time at={token.created_at} />
          </td>
          <td>
            {token.last_used_at === null ? (
              <span className={styles.quiet}>never</span>
            ) : (
              <Time at={token.last_used_at} />
            )}
          </td>
          <td>
            {token.expires_at === null ? (
              <span className={styles.quiet}>not by itself</span>
            ) : (
              <Time at={token.expires_at} />
            )}
          </td>
          <td>
            <TokenState token={token} />
          </td>
        </tr>
      ))}
    </Lines>
  );
}

function TokenState({ token }: { token: Token }): ReactNode {
  const now = useNow(10_000);
  const { revoked_at: revokedAt, expires_at: expiresAt } = token;
  if (revokedAt !== null)
    return <span className={styles.quiet}>⊘ revoked {formatAge(revokedAt, now)}</span>;
  if (expiresAt !== null && new Date(expiresAt).getTime() <= now)
    return <span className={styles.quiet}>⊘ ended</span>;
  return (
    <Consent
      label="Revoke…"
      title={`Revoke the token ${token.name}?`}
      act="Revoke"
      onConsent={async () => {
        await rat.tokens.delete(token.id);
        await queries.invalidateQueries({ queryKey: ['tokens'] });
      }}
    >
      What uses it is signed out at once, and its event streams end. It cannot be given back.
    </Consent>
  );
}
