import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createRandom } from "@softmax/core";
import { build } from "esbuild";
import type { Browser } from "playwright-core";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { decodeInPage } from "../../../core/test/encode/image/page.ts";
import { imageDecoder } from "../../src/data/pictures.ts";
import { findChromium, launchChromium, withPage } from "../pack/browser.ts";

const executable = findChromium();
type InPage = Awaited<ReturnType<typeof decodeInPage>>;

/** Smooth colours with some noise. */
function photo(width: number, height: number): ReturnType<typeof sharp> {
  const random = createRandom(3);
  const data = Buffer.alloc(width * height * 3);
  for (let at = 0; at < data.length; at++) {
    const [x, y] = [Math.floor(at / 3) % width, Math.floor(at / 3 / width)];
    data[at] = (at % 3) * 40 + Math.floor((100 * x) / width + (60 * y) / height) + random.below(9);
  }
  return sharp(data, { raw: { width, height, channels: 3 } });
}

describe.skipIf(executable === null)("images in a page (skipped without Chromium)", () => {
  let browser: Browser;
  let server: Server;

  beforeAll(async () => {
    const entry = new URL("../../../core/test/encode/image/page.ts", import.meta.url).pathname;
    const options = { bundle: true, write: false, format: "esm" } as const;
    const { outputFiles } = await build({ entryPoints: [entry], ...options });
    server = createServer(({ url }, response) => {
      const isPage = url === "/";
      response.writeHead(200, { "Content-Type": isPage ? "text/html" : "text/javascript" });
      const page = '<link rel="icon" href="data:,"><script type="module" src="/page.js"></script>';
      response.end(isPage ? `<!doctype html>${page}` : outputFiles[0].text);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    browser = await launchChromium(executable!);
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  const inPage = (bytes: Buffer, maxPixels?: number): Promise<InPage> => {
    const { port } = server.address() as AddressInfo;
    return withPage(browser, `http://127.0.0.1:${port}/`, async (page) => {
      await page.waitForFunction("globalThis.decodeInPage !== undefined");
      const limit = maxPixels === undefined ? "" : `, ${maxPixels}`;
      return page.evaluate<InPage>(`decodeInPage(${JSON.stringify([...bytes])}${limit})`);
    });
  };
  const here = async (bytes: Buffer) => {
    const { picture } = await (await imageDecoder())(bytes);
    const { data, ...sizes } = picture!;
    return { ...sizes, data: [...data] };
  };

  it.each([
    ["of its own size", 40, 30, 1],
    ["that is shrunk", 300, 200, 1],
    ["that is turned", 50, 20, 6],
  ])("a PNG %s is the same bytes as in Node", async (_, width, height, orientation) => {
    const bytes = await photo(width, height).withMetadata({ orientation }).png().toBuffer();
    expect(await inPage(bytes)).toEqual(await here(bytes));
  });

  it("a grey PNG has one channel in both", async () => {
    const bytes = await photo(20, 20).greyscale().png().toBuffer();
    const there = await inPage(bytes);
    expect(there).toMatchObject({ channels: 1 });
    expect(there).toEqual(await here(bytes));
  });

  it("a JPEG differs by at most 4 of 255, and by less than a half on average", async () => {
    const bytes = await photo(64, 48).jpeg({ quality: 90 }).toBuffer();
    const there = (await inPage(bytes)) as Awaited<ReturnType<typeof here>>;
    const own = await here(bytes);
    const apart = own.data.map((x, at) => Math.abs(x - there.data[at]));
    expect(Math.max(...apart)).toBeLessThanOrEqual(4);
    expect(apart.reduce((a, b) => a + b) / apart.length).toBeLessThan(0.5);
  });

  it("what is none, broken or too large is an error", async () => {
    const bytes = await photo(64, 48).png().toBuffer();
    expect(await inPage(Buffer.from("words, words, words"))).toEqual({
      error: "the image begins as no PNG, JPEG or WebP image does",
    });
    expect(await inPage(bytes, 1000)).toEqual({
      error: "the image has 64 × 48 pixels, more than the 1000 that are decoded",
    });
    expect(await inPage(bytes.subarray(0, 60))).toMatchObject({
      error: expect.stringMatching(/^the image cannot be decoded/),
    });
  });
});
