// Drive the server with an npm client: `node drive.mjs sdk|client ERA ADDRESS...`, commands on
// standard input. Each line is a call `{"server": 0, "tool": ..., "arguments": {...}}`; its answer
// `{"answer": ..., "progress": [...]}` or `{"refused": ...}` is printed as a line. An address that
// is no URL is the words of a command, as JSON, and is spoken to over stdio.

import { createInterface } from "node:readline";

const [, , name, era, ...addresses] = process.argv;

// Version 1 speaks the handshake alone; version 2 both revisions, with another way to say options.
const libraries = {
  sdk: async () => {
    const { Client } = await import("@modelcontextprotocol/sdk/client/index.js");
    const { StdioClientTransport } = await import("@modelcontextprotocol/sdk/client/stdio.js");
    const http = await import("@modelcontextprotocol/sdk/client/streamableHttp.js");
    return {
      client: () => new Client({ name: "drive", version: "1" }),
      call: (client, call, options) => client.callTool(call, undefined, options),
      StdioClientTransport,
      StreamableHTTPClientTransport: http.StreamableHTTPClientTransport,
    };
  },
  client: async () => {
    const { Client, StreamableHTTPClientTransport } = await import("@modelcontextprotocol/client");
    const { StdioClientTransport } = await import("@modelcontextprotocol/client/stdio");
    const mode = era === "legacy" ? "legacy" : { pin: era };
    return {
      client: () => new Client({ name: "drive", version: "1" }, { versionNegotiation: { mode } }),
      call: (client, call, options) => client.callTool(call, options),
      StdioClientTransport,
      StreamableHTTPClientTransport,
    };
  },
};

const library = await libraries[name]();

async function connect(address) {
  const client = library.client();
  if (address.startsWith("http")) {
    await client.connect(new library.StreamableHTTPClientTransport(new URL(address)));
  } else {
    const [command, ...args] = JSON.parse(address);
    const options = { command, args, env: process.env };
    await client.connect(new library.StdioClientTransport(options));
  }
  return client;
}

const clients = await Promise.all(addresses.map(connect));

for await (const line of createInterface({ input: process.stdin })) {
  const { server, tool, arguments: given } = JSON.parse(line);
  const progress = [];
  const options = { onprogress: (update) => progress.push(update.progress) };
  let said;
  try {
    const call = { name: tool, arguments: given };
    said = { answer: await library.call(clients[server], call, options), progress };
  } catch (error) {
    said = { refused: String(error) };
  }
  console.log(JSON.stringify(said));
}
await Promise.all(clients.map((client) => client.close().catch((error) => console.error(error))));
