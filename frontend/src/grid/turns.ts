/** Cards are drawn one after the other, in slices so short that keys and taps are heard between them. */
import { nextTick } from 'vue'

const SLICE = 16
let waiting: (() => void)[] = []
let drawing = false

/** Calls back when it is one's turn; what is returned gives the turn up. */
export function awaitTurn(draw: () => void): () => void {
  waiting.push(draw)
  begin()
  return () => (waiting = waiting.filter((one) => one !== draw))
}

function begin(): void {
  if (!drawing && waiting.length > 0) void drawAll()
}

async function drawAll(): Promise<void> {
  drawing = true
  try {
    await nextTick()
    while (waiting.length > 0) {
      await drawFor(SLICE)
      await new Promise((resolve) => setTimeout(resolve))
    }
  } finally {
    drawing = false
    // What one card throws costs no other its turn.
    setTimeout(begin)
  }
}

async function drawFor(milliseconds: number): Promise<void> {
  const end = performance.now() + milliseconds
  while (waiting.length > 0 && performance.now() < end) {
    waiting.shift()?.()
    await nextTick()
  }
}
