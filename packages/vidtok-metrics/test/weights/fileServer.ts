import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { connect, type AddressInfo } from "node:net";

/** What a server does with a request for its one file. */
export interface Habits {
  readonly etag?: string;
  readonly lastModified?: string;
  readonly hasRange?: boolean;
  /** Bytes after which the connection of the first answers breaks off, one number for each. */
  readonly breaksOff?: readonly number[];
  /** An answer instead of the file. */
  readonly answer?: (request: IncomingMessage, response: ServerResponse) => void;
}

/** A local server of one file, and what was asked of it. */
export interface FileServer {
  readonly url: string;
  /** Range and If-Range of each request. */
  readonly asked: (readonly [string | undefined, string | undefined])[];
  content: Buffer;
  habits: Habits;
  close(): Promise<void>;
}

/** Serves `content` at any path of a local port. */
export async function fileServer(content: Buffer, habits: Habits = {}): Promise<FileServer> {
  const server = createServer((request, response) => {
    const { etag, lastModified, hasRange = true, breaksOff = [], answer } = served.habits;
    const { range, "if-range": ifRange } = request.headers;
    const turn = served.asked.push([range, ifRange as string | undefined]) - 1;
    if (answer) return answer(request, response);
    const { length } = served.content;
    const isSame = ifRange === etag || ifRange === lastModified;
    const from = hasRange && range && isSame ? Number(/\d+/.exec(range)![0]) : 0;
    if (etag) response.setHeader("etag", etag);
    if (lastModified) response.setHeader("last-modified", lastModified);
    if (from >= length) {
      response.writeHead(416, { "content-range": `bytes */${length}` }).end();
      return;
    }
    response.writeHead(from > 0 ? 206 : 200, {
      "content-length": length - from,
      ...(from > 0 && { "content-range": `bytes ${from}-${length - 1}/${length}` }),
    });
    const end = breaksOff[turn];
    if (end === undefined) response.end(served.content.subarray(from));
    else response.write(served.content.subarray(from, end), () => response.destroy());
  });
  const served: FileServer = {
    url: `${await listen(server)}/folder/file`,
    asked: [],
    content,
    habits,
    close: () => closed(server),
  };
  return served;
}

/** A local proxy that lets a connection through, or answers with a status; `targets` are the hosts asked for. */
export async function proxy(status = 200): Promise<{
  readonly url: string;
  readonly targets: string[];
  close(): Promise<void>;
}> {
  const targets: string[] = [];
  const server = createServer();
  server.on("connect", ({ url = "" }, client) => {
    targets.push(url);
    client.on("error", () => undefined);
    if (status !== 200) return client.end(`HTTP/1.1 ${status} No\r\n\r\n`);
    const [host, port] = url.split(":");
    const target = connect(Number(port), host, () => {
      client.write("HTTP/1.1 200 OK\r\n\r\n");
      target.pipe(client).pipe(target);
    });
    target.on("error", () => client.destroy());
  });
  return { url: await listen(server), targets, close: () => closed(server) };
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
