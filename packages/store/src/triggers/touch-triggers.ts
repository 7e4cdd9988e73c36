/**
 * The end of a statement that notes news: the triggers that `chosen` selects have a change, and look at
 * their inputs. One that waits already for its debounce or cooldown time goes on waiting, and then
 * computes that time again. One with due times looks at once, because a time may wait for this.
 */
export const TOUCH = (chosen: string): string => `
  UPDATE triggers t SET
    first_change_at = coalesce(t.first_change_at, now()),
    last_change_at = now(),
    fire_at = CASE
      WHEN t.paused_at IS NOT NULL THEN NULL
      WHEN t.kind = 'dependency' THEN now()
      ELSE coalesce(t.fire_at, now())
    END
  WHERE t.id IN (${chosen}) AND t.deleted_at IS NULL`;
