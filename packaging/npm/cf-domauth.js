#!/usr/bin/env node
// Runs the program of this platform's package, and ends as it ended.
"use strict";
const { spawn } = require("node:child_process");

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
  process.exit(2);
}

// A terminal sends signals to the program as well; of two it minds the first. On Windows the console alone tells it, as
// `kill` would end it at once.
for (const signal of ["SIGINT", "SIGHUP", "SIGTERM"]) {
  process.on(signal, () => process.platform === "win32" || child.kill(signal));
}

const child = spawn(program, process.argv.slice(2), { stdio: "inherit" });
child.on("error", (error) => {
  console.error(`cf-domauth: ${program} cannot be run: ${error.message}`);
  process.exit(2);
});
child.on("exit", (status, signal) => {
  if (signal === null) process.exit(status);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});
