import type { Report } from "@softmax/core";
import { reportPage } from "../../src/report/page.ts";

/** The page as a person reads it. */
export const words = (report: Report): string =>
  reportPage(report, "A title")
    .replace(/<(style|svg)[\s\S]*?<\/\1>/g, "")
    .replace(/<wbr>|<\/?(bdi|strong|i)\b[^>]*>/g, "")
    .replace(/<[^>]*>/g, "\n")
    .replace(/\n+/g, "\n");

/** The page's own markup: tags with their attributes' values left out. */
export const tags = (text: string): string[] =>
  (text.match(/<[a-z][^>]*>/g) ?? []).map((tag) => tag.replace(/"[^"]*"/g, '""'));

/** What stands in the page's script elements. */
export const scriptsOf = (text: string): string[] =>
  [...text.matchAll(/<script[^>]*>([\s\S]*?)<\/script>/g)].map(([, inside]) => inside);
