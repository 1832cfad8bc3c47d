import { createRouter, createWebHistory, type RouteLocationNormalized, type RouteLocationRaw, type Router } from 'vue-router'
import { CSRF_COOKIE, readCookie } from '@/api/client'
import { useDashboardsStore } from '@/dashboards/dashboards'
import { useSessionStore } from '@/session/session'

const DashboardPage = () => import('./dashboards/DashboardPage.vue')

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

async function admit(to: RouteLocationNormalized): Promise<boolean | RouteLocationRaw> {
  const session = useSessionStore()
  // Who has been here before has dashboards: they are asked for beside the question who that is.
  if (session.state === 'unknown' && readCookie(CSRF_COOKIE) !== undefined) {
    void DashboardPage()
    void useDashboardsStore().load()
  }
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
