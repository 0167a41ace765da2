import { mkdir } from "node:fs/promises"
import path from "node:path"
import { AirpinError } from "../../certs/error.ts"
import { openOrCreateLocalCa } from "../../certs/local-ca.ts"
import { PRIVATE_FOLDER_MODE } from "../../certs/replace-file.ts"
import { buildApp } from "../api/app.ts"
import { serve as listen } from "../api/server.ts"
import { openStore } from "../api/store/store.ts"
import { readFileBytes } from "../files.ts"
import { type Command, exitCodes } from "./command.ts"

const AUTHORITY_DIRECTORY = ".airpin/ca"

export interface ServeOptions {
    host: string
    port: number
    db: string
    cert?: string
    key?: string
    name?: string[]
}

/** `airpin serve`: the API until Ctrl-C. */
export const serve: Command<ServeOptions> = async (options, terminal) => {
    await mkdir(path.dirname(options.db), { recursive: true, mode: PRIVATE_FOLDER_MODE })
    const store = openStore(options.db)
    const { keyPem, certPem } = await keyAndChain(options)
    const server = await listen({ app: buildApp({ store }), host: options.host, port: options.port, keyPem, certPem })
    terminal.line("page", terminal.paint("underline", `${server.url}/`))
    terminal.line("database", options.db)
    if (!options.cert)
        terminal.line(
            "trust",
            `${AUTHORITY_DIRECTORY}/root.pem is the throw-away CA: airpin pin ${options.host}:${server.port} --ca ${AUTHORITY_DIRECTORY}/root.pem`,
        )
    terminal.line("", "Ctrl-C stops")
    terminal.result({ url: server.url })
    await new Promise<void>(resolve => {
        for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve())
    })
    await server.close()
    store.close()
    return exitCodes.fine
}

/** The user's own, or fresh ones of the throw-away CA. */
async function keyAndChain({ cert, key, host, name }: ServeOptions): Promise<{ keyPem: string; certPem: string }> {
    if (cert && key)
        return { certPem: (await readFileBytes(cert)).toString(), keyPem: (await readFileBytes(key)).toString() }
    if (cert || key) throw new AirpinError("KEY_AND_CERT", "--cert and --key go together")
    const authority = await openOrCreateLocalCa(AUTHORITY_DIRECTORY)
    const { keyPem, chainPem } = await authority.issue({ names: ["localhost", host, ...(name ?? [])] })
    return { keyPem, certPem: chainPem }
}
