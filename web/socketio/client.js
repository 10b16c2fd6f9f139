// A client of the real library. Takes its URL and options as JSON in the first argument, and then a line
// of JSON each from its standard input: {"emit": [name, ...arguments], "ack": true}.
import { createInterface } from 'node:readline';
import { io } from 'socket.io-client';

const { url, options } = JSON.parse(process.argv[2]);
const tell = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

const socket = io(url, options);
socket.on('connect', () => tell({ connect: { recovered: socket.recovered ?? false } }));
socket.on('disconnect', (reason) => tell({ disconnect: reason, active: socket.active }));
socket.on('connect_error', (error) => tell({ connect_error: error.message, active: socket.active }));
socket.io.on('reconnect_failed', () => tell({ reconnect_failed: true }));
socket.io.engine?.on('upgrade', (transport) => tell({ upgrade: transport.name }));
socket.onAny((name, ...args) => tell({ event: name, args }));

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const { emit, ack, leave } = JSON.parse(line);
  if (leave) socket.disconnect();
  else if (ack) socket.emit(...emit, (answer) => tell({ ack: answer }));
  else socket.emit(...emit);
});
lines.on('close', () => process.exit(0));
