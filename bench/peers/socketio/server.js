// Socket.IO as its documentation has it: a room for each topic, and WebSockets only. Nobody has to say who he is,
// nothing is read from a database, and what is emitted is made right here.
//
// Standard input: a frame to fill in, then a line for each wish, either a plan or `gc`. Standard output: the port,
// then `done` for each wish. The server ends with its input.

import { createServer } from 'node:http'
import { createInterface } from 'node:readline'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { Server } from 'socket.io'

const http = createServer()
const io = new Server(http, { transports: ['websocket'], serveClient: false })
io.on('connection', (socket) => socket.join(socket.handshake.query.topic))

/** Now, with microseconds, which a Date does not have. */
function now() {
  const millis = performance.timeOrigin + performance.now()
  const micros = Math.floor((millis % 1) * 1000)
  return new Date(Math.floor(millis)).toISOString().replace('Z', `${micros}`.padStart(3, '0') + 'Z')
}

/** Emits what is planned to the room of topic 0; between the events of a burst what was sent can go out. */
async function emit(frame, { events, per_second: rate }) {
  const began = performance.now()
  for (let nth = 0; nth < events; nth++) {
    if (rate) {
      const wait = began + (nth * 1000) / rate - performance.now()
      if (wait > 0) await setTimeout(wait)
    } else {
      await setImmediate()
    }
    const event = { ...frame.event, order_number: `ORD-${nth + 1}`, recorded_at: now() }
    io.to('0').emit('order', { ...frame, event })
  }
}

let frame
for await (const line of createInterface({ input: process.stdin })) {
  if (!frame) {
    frame = JSON.parse(line)
    http.listen(0, '127.0.0.1', () => console.log(http.address().port))
    continue
  }
  if (line === 'gc') globalThis.gc()
  else await emit(frame, JSON.parse(line))
  console.log('done')
}
process.exit()
