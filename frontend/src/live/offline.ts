/** The last answers, kept on this device for when the network is away; all of it goes at sign-out. */
const NAME = 'insightboard'
const STORE = 'answers'

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1)
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE)
    asked.onsuccess = () => resolve(asked.result)
    asked.onerror = () => reject(asked.error ?? new Error('IndexedDB'))
    asked.onblocked = () => reject(new Error('IndexedDB is blocked'))
  })
}

async function run<T>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest<T>): Promise<T | undefined> {
  try {
    const database = await open()
    return await new Promise<T>((resolve, reject) => {
      const asked = act(database.transaction(STORE, mode).objectStore(STORE))
      asked.onsuccess = () => resolve(asked.result)
      asked.onerror = () => reject(asked.error ?? new Error('IndexedDB'))
    }).finally(() => database.close())
  } catch {
    // Private windows may have none: then there is nothing offline.
    return undefined
  }
}

export async function keep(key: string, value: unknown): Promise<void> {
  await run('readwrite', (store) => store.put(JSON.stringify(value), key))
}

/** What was kept, if it is what the guard says. */
export async function kept<T>(key: string, guard: (value: unknown) => value is T): Promise<T | undefined> {
  const text = await run<unknown>('readonly', (store) => store.get(key) as IDBRequest<unknown>)
  if (typeof text !== 'string') return undefined
  const value: unknown = JSON.parse(text)
  return guard(value) ? value : undefined
}

export async function forget(key: string): Promise<void> {
  await run('readwrite', (store) => store.delete(key))
}

export async function forgetAll(): Promise<void> {
  await run('readwrite', (store) => store.clear())
}
