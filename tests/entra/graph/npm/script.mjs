// A script that uses Microsoft's Graph client for JavaScript as its users do; prints what it has seen as JSON.
import { createRequire } from "node:module";

const require = createRequire(`${process.env.MODULES}/`);
const { Client, GraphError, PageIterator } = require("@microsoft/microsoft-graph-client");

const base = new URL(process.env.BASE_URL);
const client = Client.initWithMiddleware({
  baseUrl: process.env.BASE_URL,
  customHosts: new Set([base.hostname]),
  authProvider: { getAccessToken: async () => process.env.TOKEN },
});

const person = (name) => ({
  accountEnabled: true,
  displayName: name,
  mailNickname: name,
  userPrincipalName: `${name}@contoso.com`,
  passwordProfile: { forceChangePasswordNextSignIn: true, password: "xWwvJ]6NMw+bWH-d" },
});
const seen = {};

const made = [];
for (const name of ["Js1", "Js2", "Js3", "Js4", "Js5"]) made.push(await client.api("/users").post(person(name)));
seen.created = made.map((user) => user.displayName);

const first = await client.api("/users").filter("startsWith(displayName,'Js')").select("id,displayName").top(2).get();
seen.paged = [];
await new PageIterator(client, first, (user) => {
  seen.paged.push(user.displayName);
  return true;
}).iterate();

seen.count = await client
  .api("/users")
  .header("ConsistencyLevel", "eventual")
  .count(true)
  .filter("endsWith(userPrincipalName,'@contoso.com')")
  .get()
  .then((page) => page["@odata.count"]);

await client.api(`/users/${made[0].id}`).update({ jobTitle: "Engineer" });
seen.updated = (await client.api(`/users/${made[0].id}`).select("jobTitle").get()).jobTitle;

const template = "8adf8e6e-67b2-4cf2-a259-e3dc5476c621";
const app = (await client.api(`/applicationTemplates/${template}/instantiate`).post({ displayName: "Js" })).servicePrincipal;
const there = `/servicePrincipals/${app.id}/synchronization`;
const job = await client.api(`${there}/jobs`).post({ templateId: "scim" });
await client.api(`${there}/secrets`).put({
  value: [
    { key: "BaseAddress", value: "http://127.0.0.1:9/scim" },
    { key: "SecretToken", value: "t" },
    { key: "SyncNotificationSettings", value: "{}" },
    { key: "SyncAll", value: "false" },
  ],
});
await client.api(`${there}/jobs/${job.id}/start`).post({});
await client.api(`${there}/jobs/${job.id}/pause`).post();
seen.schedule = (await client.api(`${there}/jobs/${job.id}`).get()).schedule.state;

await client.api(`/users/${made[1].id}`).delete();
try {
  await client.api(`/users/${made[1].id}`).get();
} catch (error) {
  seen.refusal = [error instanceof GraphError, error.statusCode, error.code];
}

let link = (await client.api("/users/delta").get())["@odata.deltaLink"];
await client.api(`/users/${made[2].id}`).delete();
seen.delta = (await client.api(link).get()).value.map((user) => user["@removed"].reason);

console.log(JSON.stringify(seen));
