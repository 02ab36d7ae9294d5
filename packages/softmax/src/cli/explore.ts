import type { Command } from "commander";
export function addExploreCommand(_program: Command): void {}
