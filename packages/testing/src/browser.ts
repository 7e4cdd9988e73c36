import type { Browser, BrowserContext } from 'playwright-core';

/** A page of a real browser. Expressions are text, because they run outside our code. */
export interface BrowserPage {
  evaluate: <T>(expression: string) => Promise<T>;
  /** Presses the mouse on the first element that fits the selector of Playwright, once it can be pressed. */
  click: (selector: string) => Promise<void>;
  /** Moves the mouse over the first element that fits the selector of Playwright. */
  hover: (selector: string) => Promise<void>;
  /** Presses keys, such as `Control+f`, or types text. */
  press: (key: string) => Promise<void>;
  type: (text: string) => Promise<void>;
  open: (url: string) => Promise<void>;
  /** Shows the page in another size and another theme of the system. */
  show: (as: { width: number; height: number; theme: 'light' | 'dark' }) => Promise<void>;
  /** A picture of the whole page, to look at. */
  picture: (file: string) => Promise<void>;
  /** The bytes of the page's JavaScript objects, after a garbage collection. */
  heapBytes: () => Promise<number>;
  /** The addresses of all requests since the page was opened. */
  requests: () => string[];
  /** The errors in the console, which include each violation of the page's policy, and uncaught exceptions. */
  errors: () => string[];
  /** Opens a further tab of the same browser, which shares its sign-in and its workers. */
  newTab: (url: string) => Promise<BrowserPage>;
  /** Closes the browser with all its tabs. */
  close: () => Promise<void>;
}

const LAUNCH_TIMEOUT_MS = 60_000;
const CLICK_TIMEOUT_MS = 20_000;

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
    const context = await browser.newContext({ bypassCSP: policy === 'bypassed' });
    return await openTab(context, url);
  } catch (error) {
    await browser.close();
    throw error;
  }
}

async function openTab(context: BrowserContext, url: string): Promise<BrowserPage> {
  const page = await context.newPage();
  const requests: string[] = [];
  const errors: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  page.on('console', (message) => {
    // The text of a failed request does not name its address.
    if (message.type() === 'error') errors.push(`${message.text()} at ${message.location().url}`);
  });
  page.on('pageerror', (error) => errors.push(error.message));
  await page.goto(url);
  return {
    evaluate: (expression) => page.evaluate(expression),
    click: (selector) => page.locator(selector).first().click({ timeout: CLICK_TIMEOUT_MS }),
    hover: (selector) => page.locator(selector).first().hover({ timeout: CLICK_TIMEOUT_MS }),
    press: (key) => page.keyboard.press(key),
    type: (text) => page.keyboard.insertText(text),
    open: async (next) => void (await page.goto(next)),
    show: async ({ width, height, theme }) => {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme: theme });
    },
    picture: async (path) => void (await page.screenshot({ path, fullPage: true })),
    heapBytes: async () => {
      const devTools = await page.context().newCDPSession(page);
      await devTools.send('HeapProfiler.collectGarbage');
      const { usedSize } = await devTools.send('Runtime.getHeapUsage');
      await devTools.detach();
      return usedSize;
    },
    requests: () => [...requests],
    errors: () => [...errors],
    newTab: (next) => openTab(context, next),
    close: async () => context.browser()?.close(),
  };
}
