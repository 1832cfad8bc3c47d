import { createRouter, createWebHistory, type RouteLocationNormalized, type RouteLocationRaw, type Router } from 'vue-router'
import { CSRF_COOKIE, readCookie } from '@/api/client'
import DashboardPage from '@/dashboards/DashboardPage.vue'
import { useDashboardsStore } from '@/dashboards/dashboards'
import { chosenOf, last } from '@/dashboards/last'
import { useLiveStore } from '@/live/live'
import { useSessionStore } from '@/session/session'

const PATIENCE = 300

/** To scroll lays out the page: in a frame that is done anyway. */
function nextFrame<T>(value: T): Promise<T> {
  return new Promise((resolve) => requestAnimationFrame(() => resolve(value)))
}

function routes(): Router {
  return createRouter({
    history: createWebHistory(),
    scrollBehavior: (to, _, saved) => nextFrame(saved ?? (to.hash ? { el: to.hash } : { top: 0 })),
    routes: [
      { path: '/', component: DashboardPage },
      { path: '/d/:id', component: DashboardPage },
      { path: '/account', component: () => import('./session/AccountPage.vue') },
      { path: '/login', component: () => import('./session/LoginPage.vue'), meta: { open: true } },
      { path: '/register', component: () => import('./session/RegisterPage.vue'), meta: { open: true } },
      { path: '/:rest(.*)*', redirect: '/' },
    ],
  })
}

/** Who has both cookies has dashboards: they and their data are asked for beside the question who that is. */
function prepare(to: RouteLocationNormalized, from: RouteLocationNormalized): void {
  const dashboards = useDashboardsStore()
  const isKnown = dashboards.state === 'ready' && from.path !== '/account'
  // The cookie that scripts can read may outlive the session.
  const isOut = useSessionStore().state === 'out' || readCookie(CSRF_COOKIE) === undefined
  if (isKnown || isOut || to.path === '/account') return
  void dashboards.load()
  const id = to.path.startsWith('/d/') ? String(to.params.id) : last()
  if (id !== null) useLiveStore().expect(id)
}

/** From the sign-in straight to a dashboard, which is then drawn once; where that takes too long, to where it is waited for. */
async function signedIn(): Promise<boolean | RouteLocationRaw> {
  const dashboards = useDashboardsStore()
  await Promise.race([dashboards.load(), new Promise((resolve) => setTimeout(resolve, PATIENCE))])
  const chosen = dashboards.state === 'ready' ? chosenOf(dashboards.list) : undefined
  if (!chosen) return true
  useLiveStore().expect(chosen.id)
  return `/d/${chosen.id}`
}

async function admit(to: RouteLocationNormalized, from: RouteLocationNormalized): Promise<boolean | RouteLocationRaw> {
  const session = useSessionStore()
  prepare(to, from)
  await session.load()
  if (to.meta.open) return session.isIn ? '/' : true
  if (session.isIn) return to.path === '/' && from.meta.open ? signedIn() : true
  return { path: '/login', query: to.fullPath === '/' ? {} : { next: to.fullPath } }
}

export function makeRouter(): Router {
  const router = routes()
  router.beforeEach(admit)
  return router
}
