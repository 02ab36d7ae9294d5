import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { build } from "esbuild";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findChromium, launchChromium, withPage } from "../../../softmax/test/pack/browser.ts";
import { fitInPage } from "./page.ts";

const ISOLATED = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};
const ISOLATED_RESOURCE = { "Cross-Origin-Resource-Policy": "same-origin" };
const PAGES = new Map<string, Record<string, string>>([
  ["/plain", {}],
  ["/isolated", ISOLATED],
  ["/strict", { "Content-Security-Policy": "worker-src 'none'" }],
]);

const executable = findChromium();

describe.skipIf(executable === null)("a trainer in a page (skipped without Chromium)", () => {
  let browser: Browser;
  let server: Server;
  let origin: string;

  beforeAll(async () => {
    const entryPoints = [new URL("./page.ts", import.meta.url).pathname];
    const { outputFiles } = await build({ entryPoints, bundle: true, write: false, format: "esm" });
    server = createServer(({ url }, response) => {
      const headers = PAGES.get(url ?? "");
      const type = headers === undefined ? "text/javascript" : "text/html";
      response.writeHead(200, { "Content-Type": type, ...ISOLATED_RESOURCE, ...headers });
      const page = '<link rel="icon" href="data:,"><script type="module" src="/page.js"></script>';
      response.end(headers === undefined ? outputFiles[0].text : `<!doctype html>${page}`);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    browser = await launchChromium(executable!);
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  const inPage = (path: string) =>
    withPage(browser, origin + path, async (page) => {
      await page.waitForFunction("globalThis.fitInPage !== undefined");
      const shared = await page.evaluate<boolean>("typeof SharedArrayBuffer === 'function'");
      const fit = await page.evaluate<Awaited<ReturnType<typeof fitInPage>>>("fitInPage(true)");
      return { shared, fit };
    });

  it.each([
    ["without shared memory, on copies of the rows", "/plain", false],
    ["with shared memory, on the rows in place", "/isolated", true],
  ])("works in a worker %s, with the same bits as in Node", async (_, path, expected) => {
    const { shared, fit } = await inPage(path);
    expect(shared).toBe(expected);
    expect(fit.kernels).toBe("wasm");
    expect(fit.weights).toEqual((await fitInPage(false)).weights);
    expect(fit.longestPauseMs).toBeLessThan(250);
  });

  it("works in the page's own thread where its policy forbids workers", async () => {
    // Not withPage: the browser itself calls the refusal an error.
    const page = await browser.newPage();
    await page.goto(`${origin}/strict`);
    await page.waitForFunction("globalThis.fitInPage !== undefined");
    const { weights } =
      await page.evaluate<Awaited<ReturnType<typeof fitInPage>>>("fitInPage(true)");
    await page.close();
    expect(weights).toEqual((await fitInPage(false)).weights);
  });
});
