#!/usr/bin/env node
// Runs the program of this platform's package, and ends as it ended.
"use strict";
const { spawn } = require("node:child_process");
const fs = require("node:fs");

const platform = `cf-domauth-${process.platform}-${process.arch}`;
const file = process.platform === "win32" ? "cf-domauth.exe" : "cf-domauth";
let program;
try {
  program = require.resolve(`${platform}/bin/${file}`);
} catch {
  console.error(
    `cf-domauth: the package ${platform} is not installed: either there is none for this platform, ` +
      "or optional dependencies were left out (npm install --include=optional)",
  );
  process.exit(70);
}

// A terminal sends these to the program as well: it must not hear them twice.
function hasTerminal() {
  if (process.platform === "win32") return true;
  try {
    fs.closeSync(fs.openSync("/dev/tty", "r"));
    return true;
  } catch {
    return false;
  }
}
for (const signal of ["SIGINT", "SIGHUP"]) process.on(signal, () => hasTerminal() || child.kill(signal));
process.on("SIGTERM", () => child.kill("SIGTERM"));

const child = spawn(program, process.argv.slice(2), { stdio: "inherit" });
child.on("error", (error) => {
  console.error(`cf-domauth: ${program} cannot be run: ${error.message}`);
  process.exit(70);
});
child.on("exit", (status, signal) => {
  if (signal === null) process.exit(status);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});
