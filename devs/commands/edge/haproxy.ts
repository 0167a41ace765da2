import { readFile } from "node:fs/promises"
import path from "node:path"
import { checkHaproxy } from "../../edge/site/check.ts"
import { type HaproxySite, haproxyCertificate, haproxyText, ownLinesIn } from "../../edge/site/haproxy.ts"
import { type Command, exitCodes, type OptionsOf, run } from "../command.ts"
import { siteCommand, siteOf, writeAndShow } from "./site-options.ts"

const declared = siteCommand("haproxy", "write the configuration for HAProxy, and edge.json for airpin renew")
    .option("--out <file>", "where the configuration goes (default: haproxy.cfg in the edge folder)")
    .option("--challenge <host:port>", "where challenges are answered; airpin renew listens there", "127.0.0.1:8402")
    .option("--webroot <dir>", "for --certbot: a web server at --challenge serves it", "/var/www/airpin")
    .option("--socket <path>", "of the runtime API", "/run/haproxy/airpin.sock")
    .option("--haproxy <program>", "the haproxy that checks", "haproxy")
    .option("--rootless", "an ordinary user starts HAProxy: leave out user, group and chroot")

type EdgeHaproxyOptions = OptionsOf<typeof declared>

export const edgeHaproxy = declared.action(run((terminal, options) => writeHaproxy(options, terminal)))

/** `airpin edge haproxy`: the configuration, a placeholder for the first certificate, and edge.json. */
const writeHaproxy: Command<EdgeHaproxyOptions> = async (options, terminal) => {
    const common = siteOf(options, ["0.0.0.0", "[::]"])
    const file = path.resolve(options.out ?? path.join(common.folder, "haproxy.cfg"))
    const site: HaproxySite = {
        ...common,
        isDefault: true,
        challenge: options.challenge,
        socket: path.resolve(options.socket),
        rootless: options.rootless === true,
        ownLines: ownLinesIn(await readFile(file, "utf8").catch(() => "")),
    }
    await writeAndShow(
        {
            options,
            program: "haproxy",
            site,
            file,
            text: haproxyText(site),
            publicFolders: [],
            ...(options.test && { check: text => checkHaproxy(text, { program: options.haproxy }) }),
            targetOf: folder => ({ kind: "haproxy", socket: site.socket, certificate: haproxyCertificate(folder) }),
            challenge: { kind: "listen", port: Number(/\d+$/.exec(site.challenge)?.[0]) },
            webroot: path.resolve(options.webroot),
            next: `start HAProxy with -f ${file}; then airpin renew`,
        },
        terminal,
    )
    return exitCodes.fine
}
