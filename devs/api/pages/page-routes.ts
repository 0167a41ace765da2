/** The pages for people, and their files. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify"
import { AirpinError } from "../../../certs/error.ts"
import type { ErrorCode } from "../../../certs/error-codes/table.ts"
import type { Reader, RouteAccess } from "../access/reader.ts"
import { languageOf, localeOf, themeOf } from "./language.ts"
import { pageAsset } from "./page-assets.ts"
import { type Page, renderPage } from "./render.ts"

/** What makes a page, besides what every page has. */
export type PageContent = Pick<Page, "area" | "template" | "state" | "view" | "schoolName">

export interface PageRoute {
    /** "/rooms/:id" */
    path: string
    access: RouteAccess
    errors?: ErrorCode[]
    content(request: FastifyRequest, reader: Reader): Promise<PageContent>
}

/** Serves a page. Whoever may not see it is sent to the log-in page. */
export function addPage(app: FastifyInstance, { path, access, errors = [], content }: PageRoute): void {
    const depth = path.split("/").length - 2
    app.get(path, { schema: { hide: true }, config: { access, page: true, errors } }, async (request, reply) => {
        const { reader } = request
        if (reader === null)
            throw new AirpinError("NOT_LOGGED_IN", "only those who are logged in or have a link may read")
        const page = await content(request, reader)
        const language = languageOf(request)
        return sendHtml(
            reply,
            renderPage({
                ...page,
                language,
                locale: localeOf(request, language),
                theme: themeOf(request),
                reader,
                now: Math.floor(request.nowMs / 1000),
                depth,
            }),
        )
    })
}

function sendHtml(reply: FastifyReply, html: string): FastifyReply {
    return reply.type("text/html; charset=utf-8").send(html)
}

/** `/assets/AREA.js` and `.css`; they show no reading. */
export function assetRoute(app: FastifyInstance): void {
    app.get<{ Params: { name: string } }>(
        "/assets/:name",
        { schema: { hide: true }, config: { access: "everyone", errors: ["ROUTE_UNKNOWN"] } },
        async ({ params: { name }, headers }, reply) => {
            const asset = await pageAsset(name)
            if (!asset) throw new AirpinError("ROUTE_UNKNOWN", `there is no file assets/${name}`)
            const { type, text, etag } = asset
            reply.header("etag", etag).header("cache-control", "no-cache").type(type)
            return headers["if-none-match"] === etag ? reply.code(304).send() : reply.send(text)
        },
    )
}
