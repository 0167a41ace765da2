import type { FastifyInstance } from "fastify"
import { addPage } from "./page-routes.ts"

/** `/wall`: every room, worst first. */
export function wallPage(app: FastifyInstance): void {
    addPage(app, {
        path: "/wall",
        access: "list",
        content: async () => ({ area: "wall", schoolName: "", state: null, view: () => ({}) }),
    })
}
