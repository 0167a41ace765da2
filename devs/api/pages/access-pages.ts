/** Pages about who may read: logging in, an opened link, the links, and what cannot be shown. */
import type { FastifyInstance, FastifyRequest } from "fastify"
import type { ErrorCode } from "../../../certs/error-codes/table.ts"
import type { LogInPages } from "../access/log-in-routes.ts"
import { storeErrors } from "../contract/route-errors.ts"
import type { LinksState } from "../page/access/links-state.ts"
import type { Reads } from "../reads/reads.ts"
import { languageOf, localeOf, themeOf } from "./language.ts"
import { addPage } from "./page-routes.ts"
import { type Page, renderPage } from "./render.ts"

export const logInPages: LogInPages = {
    logIn: (request, depth, message) =>
        accessPage(request, "log-in", depth, () => ({
            isWrong: message === "wrong",
            isLater: message === "later",
        })),
    opened: request => accessPage(request, "opened", 1, () => ({})),
}

/** Says in plain words why a page cannot be shown. @param status of the response */
export function refusalPage(request: FastifyRequest, status: number, code: ErrorCode): string {
    const [path = ""] = request.url.split("?")
    const depth = Math.min(path.split("/").length - 2, MAX_DEPTH)
    const why = status === 403 ? "forbidden" : status === 429 ? "tooOften" : status >= 500 ? "broken" : "notFound"
    return accessPage(request, "refusal", depth, t => ({
        title: t(`access.${why}`),
        text: t(`access.${why}Text`),
        status,
        code,
    }))
}

/** No page lies deeper; an address of somebody else's making may. */
const MAX_DEPTH = 20

function accessPage(request: FastifyRequest, template: string, depth: number, view: Page["view"]): string {
    const language = languageOf(request)
    return renderPage({
        area: "access",
        template,
        language,
        locale: localeOf(request, language),
        theme: themeOf(request),
        reader: request.reader,
        now: Math.floor(request.nowMs / 1000),
        depth,
        schoolName: "",
        state: null,
        view,
    })
}

/** `/links`: who may read, for admins. */
export function linksPage(app: FastifyInstance, reads: Reads): void {
    addPage(app, {
        path: "/links",
        access: "admin",
        errors: storeErrors,
        content: async ({ nowMs }) => {
            const { site, rooms } = await reads.run("wall", { id: null, nowS: Math.floor(nowMs / 1000) })
            const named = rooms.map(({ id, name }) => ({ id, name }))
            const state: LinksState = { timeZone: site.timeZone, rooms: named }
            return {
                area: "access",
                template: "links",
                schoolName: site.name,
                state,
                view: (_t, language) => ({
                    rooms: named.toSorted((one, other) =>
                        one.name.localeCompare(other.name, language, { numeric: true }),
                    ),
                }),
            }
        },
    })
}
