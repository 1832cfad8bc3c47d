import { createRouter, createWebHistory, type RouteLocationNormalized, type RouteLocationRaw, type Router } from 'vue-router'
import { CSRF_COOKIE, readCookie } from '@/api/client'
import DashboardPage from '@/dashboards/DashboardPage.vue'
import { useDashboardsStore } from '@/dashboards/dashboards'
import { last } from '@/dashboards/last'
import { useLiveStore } from '@/live/live'
import { useSessionStore } from '@/session/session'

function routes(): Router {
  return createRouter({
    history: createWebHistory(),
    scrollBehavior: (to, _, saved) => saved ?? (to.hash ? { el: to.hash } : { top: 0 }),
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

async function admit(to: RouteLocationNormalized, from: RouteLocationNormalized): Promise<boolean | RouteLocationRaw> {
  const session = useSessionStore()
  prepare(to, from)
  await session.load()
  if (to.meta.open) return session.isIn ? '/' : true
  if (session.isIn) return true
  return { path: '/login', query: to.fullPath === '/' ? {} : { next: to.fullPath } }
}

export function makeRouter(): Router {
  const router = routes()
  router.beforeEach(admit)
  return router
}
