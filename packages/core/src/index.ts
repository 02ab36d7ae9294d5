export * from "./base/checks.ts";
export * from "./base/matrix.ts";
export * from "./base/random.ts";
export * from "./base/table.ts";
