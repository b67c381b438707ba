// The npm packages: pack.mjs FOLDER main
//                   pack.mjs FOLDER PLATFORM PROGRAM, with a platform of the list below
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";

const platforms = ["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64", "win32-x64"];
const [folder, what, program] = process.argv.slice(2);
const root = resolve(import.meta.dirname ?? new URL(".", import.meta.url).pathname, "../..");
const manifest = readFileSync(join(root, "Cargo.toml"), "utf8");
const of = (key) => manifest.match(new RegExp(`^${key} = "(.*)"$`, "m"))?.[1];
const repository = of("repository");
const version = of("version");

const shared = {
  version,
  license: of("license"),
  ...(repository && { repository: { type: "git", url: `git+${repository}.git` } }),
};
let contents;
if (what === "main") {
  contents = {
    name: "cf-domauth",
    description: of("description"),
    keywords: JSON.parse(manifest.match(/^keywords = (\[.*\])$/m)[1]),
    ...shared,
    bin: { "cf-domauth": "cf-domauth.js" },
    files: ["cf-domauth.js", "LICENSE-*"],
    engines: { node: ">=18" },
    optionalDependencies: Object.fromEntries(platforms.map((platform) => [`cf-domauth-${platform}`, version])),
  };
} else if (platforms.includes(what) && program) {
  const [os, cpu] = what.split("-");
  contents = {
    name: `cf-domauth-${what}`,
    description: `The program of the package cf-domauth for ${os} on ${cpu}`,
    ...shared,
    files: ["bin", "LICENSE-*"],
    os: [os],
    cpu: [cpu],
    preferUnplugged: true,
  };
} else {
  console.error(`not a platform with its program: ${what}; known are ${platforms.join(", ")}`);
  process.exit(2);
}

const work = mkdtempSync(join(tmpdir(), "cf-domauth-npm-"));
for (const name of ["LICENSE-MIT", "LICENSE-APACHE"]) copyFileSync(join(root, name), join(work, name));
if (what === "main") {
  copyFileSync(join(root, "README.md"), join(work, "README.md"));
  copyFileSync(join(root, "packaging/npm/cf-domauth.js"), join(work, "cf-domauth.js"));
} else {
  writeFileSync(join(work, "README.md"), `# ${contents.name}\n\n${contents.description}. Install \`cf-domauth\` instead.\n`);
  const file = join(work, "bin", what.startsWith("win32") ? "cf-domauth.exe" : "cf-domauth");
  mkdirSync(join(work, "bin"));
  copyFileSync(program, file);
  chmodSync(file, 0o755);
}
writeFileSync(join(work, "package.json"), `${JSON.stringify(contents, null, 2)}\n`);
mkdirSync(folder, { recursive: true });
const npm = process.platform === "win32" ? "npm.cmd" : "npm";
execFileSync(npm, ["pack", "--silent", "--pack-destination", resolve(folder), work], { stdio: "inherit" });
rmSync(work, { recursive: true });
