// The least HTTP edge that Polis's directory sync can have: the address, the query, the token and the body are read
// and handed to it, and its answer is sent. `node serve.mjs PORT`.

import { createServer } from "node:http";
import { open } from "./polis.mjs";

const { requests } = await open();

const read = async (request) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  return parts.length ? JSON.parse(Buffer.concat(parts).toString()) : undefined;
};

const answer = async (request) => {
  const { pathname, searchParams } = new URL(request.url, "http://127.0.0.1");
  if (pathname === "/") return { status: 200, data: {} };
  const [, , directoryId, resourceType = "", resourceId] = pathname.split("/"); // /scim/DIRECTORY/Users/ID
  const number = (name) => (searchParams.has(name) ? Number(searchParams.get(name)) : undefined);
  return requests.handle({
    method: request.method,
    directoryId,
    resourceType,
    resourceId,
    apiSecret: request.headers.authorization?.replace("Bearer ", "") ?? null,
    body: await read(request),
    query: { filter: searchParams.get("filter") ?? undefined, startIndex: number("startIndex"), count: number("count") },
  });
};

createServer(async (request, response) => {
  let status = 500;
  let data = {};
  try {
    ({ status, data } = await answer(request));
  } catch (error) {
    console.error(error);
  }
  const body = Buffer.from(JSON.stringify(data));
  response.writeHead(status, { "content-type": "application/scim+json", "content-length": body.length }).end(body);
}).listen(Number(process.argv[2]), "127.0.0.1");
