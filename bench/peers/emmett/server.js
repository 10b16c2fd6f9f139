// Orders as an Express service on Emmett's event store for Postgres, as its documentation has it: a command
// handler that aggregates the stream, decides, and appends under the version that it has read; the store's own
// pool. A token is checked with jsonwebtoken, its roles here; what is in a body is believed.
//
// Standard input: a line with the database's URL and the key of the tokens. Standard output: the port. The server
// ends with its input.

import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { CommandHandler, IllegalStateError } from '@event-driven-io/emmett'
import { getPostgreSQLEventStore } from '@event-driven-io/emmett-postgresql'
import express from 'express'
import jwt from 'jsonwebtoken'

const NEXT = { pending: ['processing', 'shipped', 'delivered'], processing: ['shipped', 'delivered'], shipped: ['delivered'] }

/** What an event makes of an order. */
function evolve(order, { type, data }) {
  switch (type) {
    case 'OrderCreated':
      return { ...data, status: 'pending' }
    case 'OrderStatusChanged':
      return { ...order, status: data.to }
    default:
      return order
  }
}

/** What placing an order comes to. */
function place(body, actor) {
  return (order) => {
    if (order.status) throw new IllegalStateError('There is such an order.')
    return { type: 'OrderCreated', data: { ...body, actor } }
  }
}

/** What moving it along comes to. */
function move(to, actor) {
  return (order) => {
    if (!NEXT[order.status]?.includes(to)) throw new IllegalStateError(`Not from ${order.status} to ${to}.`)
    return { type: 'OrderStatusChanged', data: { from: order.status, to, actor } }
  }
}

const lines = createInterface({ input: process.stdin })
const [line] = await once(lines, 'line')
const { url, secret } = JSON.parse(line)
const store = getPostgreSQLEventStore(url)
const handle = CommandHandler({ evolve, initialState: () => ({}) })

const app = express()
app.disable('x-powered-by')
app.use((request, response, next) => {
  try {
    const token = request.get('authorization')?.replace(/^bearer /i, '') ?? ''
    const claims = jwt.verify(token, secret, { algorithms: ['HS256'] })
    if (!claims.roles?.includes('service')) return response.sendStatus(403)
    request.actor = claims.sub
    next()
  } catch {
    response.sendStatus(401)
  }
})
app.use(express.json())
const answer = (act) => async (request, response) => {
  try {
    const { newState, nextExpectedStreamVersion: version } = await act(request)
    response.status(200).set('etag', `"${version}"`).json({ version: Number(version), order: newState })
  } catch (error) {
    response.status(error.errorCode ?? 500).json({ detail: error.message })
  }
}
app.post('/v1/orders/:id', answer(({ params, body, actor }) => handle(store, params.id, place(body, actor))))
app.post('/v1/orders/:id/status', answer(({ params, body, actor }) => handle(store, params.id, move(body.to, actor))))

await store.schema.migrate()
const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port))
lines.on('close', () => process.exit())
