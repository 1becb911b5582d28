/** The heap of a Node process that was started with `--inspect`. */

/** Asks the process's inspector for a full collection, and then for what is left. */
export async function collectedHeapMiB(port: number): Promise<number> {
  const targets: unknown = await (await fetch(`http://127.0.0.1:${port}/json/list`)).json();
  const url = /"webSocketDebuggerUrl":"([^"]+)"/u.exec(JSON.stringify(targets))?.[1];
  if (url === undefined) throw new Error("the process has no inspector");
  const socket = new WebSocket(url);
  try {
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener("open", () => resolve(), { once: true });
      socket.addEventListener("error", () => reject(new Error("the inspector cannot be reached")), { once: true });
    });
    await ask(socket, 1, "HeapProfiler.collectGarbage");
    await ask(socket, 2, "HeapProfiler.collectGarbage");
    const answer = await ask(socket, 3, "Runtime.getHeapUsage");
    return Number(/"usedSize":(\d+)/u.exec(answer)?.[1]) / 2 ** 20;
  } finally {
    socket.close();
  }
}

async function ask(socket: WebSocket, id: number, method: string): Promise<string> {
  return await new Promise((resolve) => {
    const onMessage = ({ data }: MessageEvent): void => {
      const text = String(data);
      if (!text.startsWith(`{"id":${id},`)) return;
      socket.removeEventListener("message", onMessage);
      resolve(text);
    };
    socket.addEventListener("message", onMessage);
    socket.send(JSON.stringify({ id, method }));
  });
}
