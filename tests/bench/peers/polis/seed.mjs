// Fills Polis by its own functions, as its HTTP edge calls them: {"users": [[id, document], …], "groups": [[id, document,
// [member id, …]], …]} comes in on standard input, the base and the token of the directory go out as JSON.

import { open } from "./polis.mjs";
import { stdin } from "node:process";

const AT_ONCE = 10; // as many as Polis has connections

const world = JSON.parse(Buffer.concat(await stdin.toArray()).toString());
const { directories, users, groups } = await open();
const { data: directory, error } = await directories.create({
  name: "bench",
  tenant: "bench",
  product: "bench",
  type: "generic-scim-v2",
});
if (error) throw new Error(error.message);
users.setTenantAndProduct("bench", "bench");
groups.setTenantAndProduct("bench", "bench");

const each = async (items, work) => {
  const rest = items.values(); // shared: whoever is free takes the next
  await Promise.all(Array.from({ length: AT_ONCE }, async () => { for (const item of rest) await work(item); }));
};
const must = ({ error }) => { if (error) throw new Error(error.message); };

await each(world.users, async ([id, raw]) =>
  must(await users.create({
    id,
    directoryId: directory.id,
    first_name: raw.name.givenName,
    last_name: raw.name.familyName,
    email: raw.emails[0].value,
    active: raw.active,
    raw: { ...raw, id },
  })));
await each(world.groups, async ([id, raw, members]) => {
  must(await groups.create({ id, directoryId: directory.id, name: raw.displayName, raw: { ...raw, members: [] } }));
  for (const member of members) await groups.addUserToGroup(id, member);
});

const base = new URL(directory.scim.endpoint ?? directory.scim.path, "http://127.0.0.1").pathname;
console.log(JSON.stringify({ base, token: directory.scim.secret }));
process.exit(0);
