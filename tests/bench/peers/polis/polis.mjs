// Polis's directory sync (@boxyhq/saml-jackson) as a library, and what both programs here need of it. The database
// is found by PGHOST, PGUSER and PGDATABASE: its URL has no way to name a socket.

import jackson from "@boxyhq/saml-jackson";

const quiet = { info: () => {}, warn: () => {}, error: console.error };

export const open = async () => {
  const made = await jackson.controllers({
    externalUrl: "http://127.0.0.1",
    samlPath: "/api/oauth/saml",
    scimPath: "/scim",
    noAnalytics: true,
    logger: quiet,
    db: { engine: "sql", type: "postgres", url: `postgres:///${process.env.PGDATABASE}` },
    dsync: { callback: async () => {} }, // embedded: events are told to the program, which has nobody to tell them to
  });
  return made.directorySyncController;
};
