// Contestants are child processes that answer calls: one JSON text a line, requests on standard input, answers on descriptor
// 3 (standard output belongs to what libraries print). serve.mjs and peers.py are the other end.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

const MAX_STDERR = 4000;

/** Starts one. `call(name, args)` resolves to its answer, and rejects with its error or when it ends. */
export function startPeer({ command, args, env = process.env }) {
  const child = spawn(command, args, { env, stdio: ["pipe", "ignore", "pipe", "pipe"] });
  const waiting = [];
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    said = (said + text).slice(-MAX_STDERR);
  });
  const fail = (error) => {
    for (const { reject } of waiting.splice(0)) reject(error);
  };
  child.on("error", fail);
  child.stdin.on("error", fail);
  child.on("exit", (code, signal) => {
    const last = said.trim().split("\n").at(-1);
    fail(new Error(`ended with ${signal ?? code}${last ? `: ${last}` : ""}`));
  });
  createInterface({ input: child.stdio[3] }).on("line", (line) => {
    const { value, error } = JSON.parse(line);
    const { resolve, reject } = waiting.shift();
    if (error === undefined) resolve(value);
    else reject(new Error(error));
  });
  return {
    call(name, args = {}) {
      return new Promise((resolve, reject) => {
        if (child.exitCode !== null) return reject(new Error(`has ended: ${said}`));
        waiting.push({ resolve, reject });
        child.stdin.write(`${JSON.stringify({ name, args })}\n`);
      });
    },
    close() {
      child.stdin.end();
      child.kill();
    },
  };
}
