import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import fastifyStatic from "@fastify/static"
import type { FastifyInstance } from "fastify"

const pageRoot = join(import.meta.dirname, "../page")
/** style sheet and icon that the page shares with that of devs/flash */
const baseRoot = join(import.meta.dirname, "../../page-base")
const chartRoot = dirname(createRequire(import.meta.url).resolve("uplot/dist/uPlot.min.css"))

const pageHeaders = {
    "content-security-policy":
        "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}

/** `GET /` and its files, and the chart library under `/uplot/`; the page loads nothing from other servers. */
export function pageRoutes(app: FastifyInstance): void {
    app.register(fastifyStatic, staticFiles(pageRoot, "/"))
    app.register(fastifyStatic, { ...staticFiles(baseRoot, "/"), decorateReply: false })
    app.register(fastifyStatic, { ...staticFiles(chartRoot, "/uplot/"), decorateReply: false })
}

/** One route per existing file: any other path is a 404 ROUTE_UNKNOWN. */
function staticFiles(root: string, prefix: string) {
    return {
        root,
        prefix,
        wildcard: false,
        setHeaders: (response: { setHeader(name: string, value: string): void }) => {
            for (const [name, value] of Object.entries(pageHeaders)) response.setHeader(name, value)
        },
    }
}
