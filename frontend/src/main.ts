import { createPinia } from 'pinia'
import { createApp } from 'vue'
import App from './App.vue'
import { i18n, startLocale } from './i18n'
import { router } from './router'
import './styles/tokens.css'
import './styles/base.css'
import './styles/controls.css'

// The router asks at once who is signed in; the words are loaded beside that.
const app = createApp(App).use(createPinia()).use(i18n).use(router)
await Promise.all([startLocale(), router.isReady()])
app.mount('#app')

if (import.meta.env.PROD && 'serviceWorker' in navigator) {
  window.addEventListener('load', () => void navigator.serviceWorker.register('/sw.js'))
}
