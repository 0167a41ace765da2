/** Serves the page that flashes one image to browsers on this computer. */
import fastifyStatic from "@fastify/static"
import { type PageServer, serveLocally } from "../../local-page.ts"
import { type PageFile, pageFolder, TOOLS_PATH, toolsFolder } from "./site.ts"

/**
 * Serves the page and the files of one image. The log console of ESP Web Tools has inline styles.
 *
 * @param port 0 for any free one
 * @throws AirpinError LISTEN_PORT_IN_USE, LISTEN_PORT_FORBIDDEN
 */
export function servePage(files: PageFile[], port: number): Promise<PageServer> {
    return serveLocally({
        port,
        folder: pageFolder,
        styles: "'unsafe-inline'",
        addRoutes: (app, path) => {
            app.register(fastifyStatic, {
                wildcard: false,
                cacheControl: false,
                root: toolsFolder,
                prefix: `${path}${TOOLS_PATH}/`,
                decorateReply: false,
            })
            for (const { name, mediaType, contents } of files)
                app.get(path + name, (_request, reply) => reply.type(mediaType).send(contents))
        },
    })
}
