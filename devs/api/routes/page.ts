import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import fastifyStatic from "@fastify/static"
import type { FastifyInstance } from "fastify"

const pageRoot = join(import.meta.dirname, "../page")
/** style sheet and icon that the page shares with that of devs/flash */
const baseRoot = join(import.meta.dirname, "../../page-base")
const chartRoot = dirname(createRequire(import.meta.url).resolve("uplot/dist/uPlot.min.css"))

/** What devs/api/pages makes pages of. */
const MADE_BY_PAGES = ["{wall,room,school,care,access,shared,texts}/**", "tsconfig.json", "README.md"]

/** A service worker asks the server for everything, so it may connect to it, which files of data may not. */
const WORKER_POLICY = "default-src 'self'"

/** The files of the pages that are the same for everyone, and show no reading. */
export function pageRoutes(app: FastifyInstance): void {
    app.register(async pages => {
        pages.addHook("onRoute", route => {
            route.config = { ...route.config, access: "everyone", page: true }
        })
        await pages.register(fastifyStatic, {
            ...staticFiles(pageRoot, "/"),
            globIgnore: MADE_BY_PAGES,
            setHeaders(response, file) {
                if (file.endsWith("service-worker.js")) response.setHeader("content-security-policy", WORKER_POLICY)
            },
        })
        await pages.register(fastifyStatic, { ...staticFiles(baseRoot, "/"), decorateReply: false })
        await pages.register(fastifyStatic, { ...staticFiles(chartRoot, "/uplot/"), decorateReply: false })
    })
}

/** One route per existing file: any other path is a 404 ROUTE_UNKNOWN. */
function staticFiles(root: string, prefix: string) {
    return { root, prefix, wildcard: false }
}
