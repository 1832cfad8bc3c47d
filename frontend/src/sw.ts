/** The page without a network: hashed files from the cache, the page from the network where there is one. */
const worker = self as unknown as ServiceWorkerGlobalScope

/** The build puts the names of its hashed files here. */
const FILES = JSON.parse('__PRECACHE__') as string[]
const SHELL = ['/', '/theme.js', '/manifest.webmanifest', '/icon.svg']
const CACHE = `page-${String(hash(FILES.join()))}`
const PATIENCE = 4000

function hash(text: string): number {
  return [...text].reduce((sum, sign) => (sum * 31 + (sign.codePointAt(0) ?? 0)) >>> 0, 7)
}

async function install(): Promise<void> {
  const cache = await caches.open(CACHE)
  await cache.addAll([...SHELL, ...FILES.map((name) => `/${name}`)])
  await worker.skipWaiting()
}

async function activate(): Promise<void> {
  const names = await caches.keys()
  await Promise.all(names.filter((name) => name.startsWith('page-') && name !== CACHE).map((name) => caches.delete(name)))
  await worker.clients.claim()
}

async function cacheFirst(request: Request): Promise<Response> {
  return (await caches.match(request)) ?? fetch(request)
}

async function networkFirst(request: Request, key: string): Promise<Response> {
  const signal = AbortSignal.timeout(PATIENCE)
  try {
    const response = await fetch(request, { signal })
    if (response.ok) await (await caches.open(CACHE)).put(key, response.clone())
    return response
  } catch {
    return (await caches.match(key)) ?? Response.error()
  }
}

worker.addEventListener('install', (event) => event.waitUntil(install()))
worker.addEventListener('activate', (event) => event.waitUntil(activate()))
worker.addEventListener('fetch', (event) => {
  const { request } = event
  const url = new URL(request.url)
  if (request.method !== 'GET' || url.origin !== worker.location.origin || url.pathname.startsWith('/api/')) return
  if (url.pathname.startsWith('/assets/')) event.respondWith(cacheFirst(request))
  else if (request.mode === 'navigate' && !/^\/(?:healthz|readyz|metrics|flower)/.test(url.pathname)) event.respondWith(networkFirst(request, '/'))
  else if (SHELL.includes(url.pathname)) event.respondWith(networkFirst(request, url.pathname))
})
