import type { Browser } from 'playwright-core';

/** A page of a real browser, at an address; what is evaluated there is text, for it is none of our code. */
export interface BrowserPage {
  evaluate: <T>(expression: string) => Promise<T>;
  close: () => Promise<void>;
}

const LAUNCH_TIMEOUT_MS = 60_000;

/**
 * Opens `url` in a browser without a window. The page's own policy is set aside, so that a page of the API, which forbids
 * itself everything, can be used as one that is allowed to connect to it.
 */
export async function openPage(program: string, url: string): Promise<BrowserPage> {
  // Loaded by those who need it: it is large, and almost no test does.
  const { chromium } = await import('playwright-core');
  const browser: Browser = await chromium.launch({
    executablePath: program,
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
    timeout: LAUNCH_TIMEOUT_MS,
  });
  try {
    const page = await browser.newPage({ bypassCSP: true });
    await page.goto(url);
    return {
      evaluate: (expression) => page.evaluate(expression),
      close: () => browser.close(),
    };
  } catch (error) {
    await browser.close();
    throw error;
  }
}
