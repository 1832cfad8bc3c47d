import { describe, expect, it } from 'vitest'
import { i18n } from '../../src/i18n'

describe('the words of cards, forms and gallery', () => {
  it.each([
    ...['now', 'minutes', 'hours', 'yesterday', 'days', 'soon', 'in_seconds', 'in_minutes'].map((unit) => `ages.${unit}`),
    ...['loading', 'pending', 'error'].map((state) => `cards.state.${state}`),
    ...['n', 'ne', 'e', 'se', 's', 'sw', 'w', 'nw'].map((point) => `cards.weather.points.${point}`),
    ...['slow', 'ends', 'ended', 'http', 'dns', 'connect', 'tls', 'timeout', 'protocol', 'too_many_redirects', 'blocked', 'other'].map((why) => `cards.status.why.${why}`),
    ...['up', 'degraded', 'down', 'unknown'].flatMap((light) => [`cards.status.count.${light}`, `cards.status.light.${light}`]),
    ...['succeeded', 'not_modified', 'failed', 'timed_out'].map((outcome) => `cards.runs.${outcome}`),
    ...['minLength', 'maxLength', 'minimum', 'maximum', 'minItems', 'maxItems'].map((rule) => `forms.${rule}`),
    ...['provider-not-found', 'provider-credentials', 'provider-rate-limited', 'provider-error', 'provider-error-code', 'provider-timeout', 'broker-unavailable',
      'cache-unavailable', 'invalid-request', 'too-many-requests', 'unknown'].flatMap((kind) => [`errors.${kind}.heading`, `errors.${kind}.text`]),
  ])('are there for %s', (key) => {
    expect(i18n.global.te(key)).toBe(true)
  })
})
