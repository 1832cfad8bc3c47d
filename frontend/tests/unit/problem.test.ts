import { describe, expect, it } from 'vitest'
import { kindOf, readRetryAfter, toProblem } from '@/api/problem'

describe('toProblem', () => {
  it('keeps what the API said', () => {
    const said = { type: 'https://example.org/problems/provider-timeout', title: 'Too slow', status: 504, detail: 'No answer' }
    const found = toProblem(said, 504)
    expect(found).toMatchObject(said)
    expect(kindOf(found)).toBe('provider-timeout')
  })

  it('makes a problem of what is none', () => {
    expect(toProblem('<html>', 502, '30')).toMatchObject({ type: 'about:unreadable', status: 502, retry_after: 30 })
  })
})

describe('readRetryAfter', () => {
  it('reads seconds and dates, and nothing else', () => {
    expect(readRetryAfter('120')).toBe(120)
    expect(readRetryAfter('Mon, 23 Nov 2026 14:00:30 GMT', Date.parse('2026-11-23T14:00:00Z'))).toBe(30)
    expect(readRetryAfter('soon')).toBeUndefined()
    expect(readRetryAfter(null)).toBeUndefined()
  })
})
