import { parseFrames, SUBPROTOCOL } from '../frames.ts';
import type { Wire, WireEvents } from './transport.ts';

/** WebSocket.OPEN, which a substitute for WebSocket need not carry. */
const OPEN = 1;

export function openWebSocket(Socket: typeof WebSocket, base: URL, on: WireEvents): Wire {
  const url = new URL('/v1/ws', base);
  url.protocol = url.protocol.replace('http', 'ws');
  const socket = new Socket(url, SUBPROTOCOL);
  socket.onopen = () => on.opened();
  socket.onmessage = ({ data }: MessageEvent<string>) => on.frames(parseFrames(data));
  // Always followed by the close; unheard, it would end a Node process that uses the package `ws`.
  socket.onerror = () => undefined;
  socket.onclose = ({ code, reason }) => {
    const hint = /retry_within_ms=(\d+)/.exec(reason)?.[1];
    on.closed(code, hint === undefined ? hint : Number(hint));
  };
  return {
    send(frames) {
      if (socket.readyState === OPEN) socket.send(frames.map((frame) => JSON.stringify(frame)).join('\n'));
    },
    close() {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close(1000);
    },
  };
}
