import type { Browser } from 'playwright-core';

/** A page of a real browser. Expressions are text, because they run outside our code. */
export interface BrowserPage {
  evaluate: <T>(expression: string) => Promise<T>;
  /** The addresses of all requests since the page was opened. */
  requests: () => string[];
  /** The errors in the console, which include each violation of the page's policy, and uncaught exceptions. */
  errors: () => string[];
  close: () => Promise<void>;
}

const LAUNCH_TIMEOUT_MS = 60_000;

/**
 * Opens `url` in a headless browser. By default the page's Content-Security-Policy is bypassed: most of the API's answers
 * forbid every connection, and tests need a page that may connect to the API.
 */
export async function openPage(
  program: string,
  url: string,
  policy: 'bypassed' | 'kept' = 'bypassed',
): Promise<BrowserPage> {
  // Loaded on first use: the module is large, and almost no test needs it.
  const { chromium } = await import('playwright-core');
  const browser: Browser = await chromium.launch({
    executablePath: program,
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
    timeout: LAUNCH_TIMEOUT_MS,
  });
  try {
    const page = await browser.newPage({ bypassCSP: policy === 'bypassed' });
    const requests: string[] = [];
    const errors: string[] = [];
    page.on('request', (request) => requests.push(request.url()));
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text());
    });
    page.on('pageerror', (error) => errors.push(error.message));
    await page.goto(url);
    return {
      evaluate: (expression) => page.evaluate(expression),
      requests: () => [...requests],
      errors: () => [...errors],
      close: () => browser.close(),
    };
  } catch (error) {
    await browser.close();
    throw error;
  }
}
