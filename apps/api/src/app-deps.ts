import type { Traces } from '@rat/traces';
import type { AllowedOrigins } from './http/allow-origins.ts';
import type { AllowedHosts } from './http/known-host.ts';
import type { SignIn } from './auth/sign-in.ts';
import type { OidcSettings } from './oidc/oidc-settings.ts';
import type { AuditDeps } from './audit/audit-deps.ts';
import type { LandingDeps } from './landing-zones/landing-deps.ts';
import type { LineageDeps } from './lineage/lineage-deps.ts';
import type { LogDeps } from './logs/log-deps.ts';
import type { MetricsDeps } from './metrics/metrics-deps.ts';
import type { NamespaceDeps } from './namespaces/namespace-deps.ts';
import type { PipelineDeps } from './pipelines/pipeline-deps.ts';
import type { QualityDeps } from './quality/quality-deps.ts';
import type { RateLimits } from './rates/rate-limits.ts';
import type { RunnersDeps } from './runners/runners-deps.ts';
import type { RetentionDeps } from './retention/retention-deps.ts';
import type { RunDeps } from './runs/run-deps.ts';
import type { FeedDeps } from './status-feed/feed-deps.ts';
import type { ScheduleDeps } from './schedules/schedule-deps.ts';
import type { SearchDeps } from './search/search-deps.ts';
import type { SystemDeps } from './system/system-deps.ts';
import type { TableDeps } from './tables/table-deps.ts';
import type { TokenDeps } from './tokens/token-deps.ts';
import type { ViewDeps } from './views/view-deps.ts';
import type { WebhookDeps } from './webhooks/webhook-deps.ts';

/**
 * Dependencies of the app: those of every feature, and the settings of its middleware. The caller
 * of `createApp` opens and closes them. A feature declares its own and never imports this type.
 */
export interface AppDeps
  extends
    RunDeps,
    LogDeps,
    FeedDeps,
    MetricsDeps,
    NamespaceDeps,
    PipelineDeps,
    QualityDeps,
    TableDeps,
    LandingDeps,
    LineageDeps,
    RunnersDeps,
    RetentionDeps,
    ScheduleDeps,
    SearchDeps,
    AuditDeps,
    SystemDeps,
    TokenDeps,
    ViewDeps,
    WebhookDeps {
  signIn: SignIn;
  /** The identity provider at which people sign in. */
  oidc: OidcSettings | undefined;
  rates: RateLimits;
  /** The proxies whose `X-Forwarded-For` is trusted, as Express's `trust proxy`. */
  trustProxy: number | string | false;
  /** Host names of the API, in addition to addresses and `localhost`. */
  allowedHosts: AllowedHosts;
  /** Origins of other sites whose pages may use the API. */
  allowedOrigins: AllowedOrigins;
  /** Absent: there are no traces. */
  traces?: Traces | undefined;
  /** Time limit for a body to arrive that is not an upload. */
  bodyDeadlineMs: number;
}
