import path from "node:path"
import { Option } from "@commander-js/extra-typings"
import { checkNginx, installedNginx } from "../../edge/site/check.ts"
import { type NginxSite, nginxText, nginxVersions, ownLinesFolder } from "../../edge/site/nginx.ts"
import { type Command, exitCodes, type OptionsOf, run } from "../command.ts"
import { siteCommand, siteOf, writeAndShow } from "./site-options.ts"

const declared = siteCommand("nginx", "write the site for nginx, and edge.json for airpin renew")
    .option("--out <file>", "where the site goes (default: nginx-site.conf in the edge folder)")
    .option("--webroot <dir>", "where ACME clients put challenges; nginx must be able to read it", "/var/www/airpin")
    .addOption(new Option("--nginx-version <v>", "of the syntax (default: that of nginx here)").choices(nginxVersions))
    .option("--nginx <program>", "the nginx that checks and reloads", "nginx")
    .option("--no-default", "another site on these ports is the default server, which refuses foreign names")

type EdgeNginxOptions = OptionsOf<typeof declared>

export const edgeNginx = declared.action(run((terminal, options) => writeNginx(options, terminal)))

/** `airpin edge nginx`: the site, a placeholder for the first certificate, and edge.json. */
const writeNginx: Command<EdgeNginxOptions> = async (options, terminal) => {
    const program = options.nginx
    const site: NginxSite = {
        ...siteOf(options, ["0.0.0.0", "[::]"]),
        isDefault: options.default,
        webroot: path.resolve(options.webroot),
        version: options.nginxVersion ?? (await installedNginx(program)),
    }
    const file = path.resolve(options.out ?? path.join(site.folder, "nginx-site.conf"))
    const target = { kind: "nginx", ...(program !== "nginx" && { program }) }
    await writeAndShow(
        {
            options,
            program: "nginx",
            site,
            file,
            text: nginxText(site),
            publicFolders: [site.webroot, ownLinesFolder(site.folder)],
            ...(options.test && { check: text => checkNginx(text, { program }) }),
            targetOf: () => target,
            challenge: { kind: "webroot", folder: site.webroot },
            webroot: site.webroot,
            next: `include ${file}; in http { } of nginx.conf, nginx -t, nginx -s reload; then airpin renew`,
        },
        terminal,
    )
    return exitCodes.fine
}
