// Cloudflare's own TypeScript SDK, pointed at the served sandbox by `baseURL`.
//
// usage: node typescript.mjs PROGRAM FOLDER, where FOLDER holds the SDK's node_modules

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const [program, folder] = process.argv.slice(2);
const Cloudflare = createRequire(`${folder}/`)("cloudflare");

/** Starts the sandbox, hands its variables to `act`, and stops it in the end. */
async function sandbox(options, act) {
  const child = spawn(program, ["sandbox", ...options], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit");
  try {
    const variables = {};
    for await (const line of createInterface({ input: child.stdout })) {
      const [, name, value] = line.match(/^export (\w+)='(.*)'$/);
      variables[name] = value;
      if (Object.keys(variables).length === 8) break;
    }
    const { CLOUDFLARE_API_TOKEN: apiToken, CLOUDFLARE_BASE_URL: baseURL } = variables;
    await act(new Cloudflare({ apiToken, baseURL, maxRetries: 0, timeout: 20_000 }));
  } finally {
    child.kill();
    await ended;
  }
}

async function all(pages) {
  const found = [];
  for await (const item of pages) found.push(item);
  return found;
}

async function listing() {
  await sandbox(["--zones", "7", "--records", "45"], async (api) => {
    const zones = await all(api.zones.list({ per_page: 5 }));
    assert.equal(new Set(zones.map((zone) => zone.id)).size, 7);
    const records = await all(api.dns.records.list({ zone_id: zones[0].id, per_page: 20 }));
    assert.equal(new Set(records.map((record) => record.id)).size, 45);
    const mail = await all(
      api.dns.records.list({ zone_id: zones[0].id, type: "CNAME", name: { contains: "_domainkey" } }),
    );
    const keys = records.filter((record) => record.type === "CNAME" && record.name.includes("_domainkey"));
    assert(keys.length > 0);
    assert.deepEqual(mail.map((record) => record.id).sort(), keys.map((record) => record.id).sort());
  });
}

async function writing() {
  await sandbox([], async (api) => {
    const [{ id: zone_id }] = await all(api.zones.list({ name: "example.com" }));
    const records = api.dns.records;
    const cname = { zone_id, name: "x._domainkey", type: "CNAME", ttl: 1 };
    const made = await records.create({ ...cname, content: "x.keys.mailer.example" });
    assert.deepEqual([made.name, made.proxied], ["x._domainkey.example.com", false]);
    const changed = await records.edit(made.id, { ...cname, proxied: true });
    assert.deepEqual([changed.proxied, changed.content], [true, made.content]);
    const proxied = await all(records.list({ zone_id, type: "CNAME", proxied: true }));
    assert(proxied.some((record) => record.id === made.id));
    const done = await records.batch({
      zone_id,
      patches: proxied.map((record) => ({ id: record.id, proxied: false })),
      posts: [{ name: "y._domainkey", type: "CNAME", content: "y.keys.mailer.example", ttl: 1 }],
    });
    assert.deepEqual([done.patches.length, done.posts.length], [proxied.length, 1]);
    assert.deepEqual(await all(records.list({ zone_id, type: "CNAME", proxied: true })), []);
    assert.equal((await records.delete(made.id, { zone_id })).id, made.id);
    assert.equal((await records.get(done.posts[0].id, { zone_id })).name, "y._domainkey.example.com");
  });
}

/** Checks that `act` is refused by the SDK's typed error with Cloudflare's code. */
async function refused(kind, code, act) {
  await assert.rejects(act, (error) => error instanceof kind && error.errors.some((entry) => entry.code === code));
}

async function refusals() {
  await sandbox([], async (api) => {
    const [{ id: zone_id }] = await all(api.zones.list({ name: "example.com" }));
    const records = api.dns.records;
    const taken = { name: "s1._domainkey", type: "CNAME", content: "other.example", ttl: 1 };
    await refused(Cloudflare.NotFoundError, 81044, () => records.get("f".repeat(32), { zone_id }));
    await refused(Cloudflare.BadRequestError, 81053, () => records.create({ zone_id, ...taken }));
    const before = await all(records.list({ zone_id }));
    const batch = { zone_id, deletes: [{ id: before[0].id }], posts: [taken] };
    await refused(Cloudflare.BadRequestError, 81053, () => records.batch(batch));
    assert.deepEqual(await all(records.list({ zone_id })), before);
  });
}

for (const check of [listing, writing, refusals]) await check();
console.log("the TypeScript SDK: 3 checks passed");
