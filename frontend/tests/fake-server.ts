/**
 * The built page with the fake API behind one port: `node tests/fake-server.ts [port]`.
 * For pictures and journeys without a database: `/fake?moods={"github":{"kind":"pending"}}` sets how providers fare.
 */
import { createReadStream, existsSync, statSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { FakeApi, type Mood } from './fake-api.ts'
import { starterItems } from '../src/dashboards/starter.ts'

const ROOT = fileURLToPath(new URL('../dist', import.meta.url))
const PORT = Number(process.argv[2] ?? 5180)
const CSP = "default-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'; object-src 'none'"
const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webmanifest': 'application/manifest+json',
}
const api = new FakeApi()
api.demo(starterItems('Europe/Oslo', 'en'))

async function toRequest(message: IncomingMessage): Promise<Request> {
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk as Buffer)
  const method = message.method ?? 'GET'
  const headers = Object.entries(message.headers).map(([name, value]) => [name, String(value)] as [string, string])
  const body = ['POST', 'PUT'].includes(method) ? Buffer.concat(chunks) : null
  return new Request(`http://${message.headers.host ?? 'localhost'}${message.url ?? '/'}`, { method, headers, body })
}

async function answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
  const found = await api.handle(await toRequest(message))
  for (const [name, value] of found.headers) if (name !== 'set-cookie') response.setHeader(name, value)
  const cookies = found.headers.getSetCookie()
  if (cookies.length > 0) response.setHeader('Set-Cookie', cookies)
  response.writeHead(found.status).end(Buffer.from(await found.arrayBuffer()))
}

function file(path: string, message: IncomingMessage, response: ServerResponse): void {
  const wanted = join(ROOT, normalize(path))
  const found = existsSync(wanted) && statSync(wanted).isFile() ? wanted : join(ROOT, 'index.html')
  response.setHeader('Content-Type', TYPES[extname(found)] ?? 'application/octet-stream')
  response.setHeader('Content-Security-Policy', CSP)
  response.setHeader('Cache-Control', path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache')
  const packed = (message.headers['accept-encoding'] ?? '').includes('br') && existsSync(`${found}.br`)
  if (packed) response.setHeader('Content-Encoding', 'br')
  createReadStream(packed ? `${found}.br` : found).pipe(response)
}

createServer((message, response) => {
  const url = new URL(message.url ?? '/', 'http://localhost')
  if (url.pathname === '/fake') {
    const moods = JSON.parse(url.searchParams.get('moods') ?? '{}') as Record<string, Mood>
    for (const [name, mood] of Object.entries(moods)) api.moods.set(name, mood)
    response.writeHead(204).end()
  } else if (url.pathname.startsWith('/api/')) void answer(message, response)
  else file(url.pathname, message, response)
}).listen(PORT, '127.0.0.1')
