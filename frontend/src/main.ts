import { createPinia } from 'pinia'
import { createApp } from 'vue'
import App from './App.vue'
import { rehearse } from './dashboards/rehearsal'
import { i18n, startLocale } from './i18n'
import { makeRouter } from './router'
import './styles/tokens.css'
import './styles/base.css'
import './styles/controls.css'

// The router asks at once who is signed in; the words are loaded beside that.
const router = makeRouter()
const app = createApp(App).use(createPinia()).use(i18n).use(router)
await Promise.all([startLocale(), router.isReady()])
const began = performance.now()
app.mount('#app')
// Milliseconds; a phone four times slower than a desktop takes longer for the form.
const slow = performance.now() - began > 40

// Who is to sign in has yet to type.
if (router.currentRoute.value.meta.open) void rehearse(app, slow)

// After the first paint, so that the worker's files do not stand in the way of the page's.
if (import.meta.env.PROD && 'serviceWorker' in navigator) {
  const register = (): void => void navigator.serviceWorker.register('/sw.js')
  if (document.readyState === 'complete') register()
  else window.addEventListener('load', register)
}
