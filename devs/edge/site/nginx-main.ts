/** A whole configuration around sites: for `nginx -t` alone, and for an nginx that runs as any user in one folder. */
import path from "node:path"

export interface NginxMain {
    /** of its pid file, logs and temporary files; absolute */
    folder: string
    /** files with sites; absolute */
    sites: string[]
    /** default 512, that of nginx */
    workerConnections?: number
    workers?: number
    /** of the worker processes, if the master is root's; default: that of nginx */
    user?: string
}

/** https://nginx.org/en/docs/ngx_core_module.html */
export function nginxMainText({ folder, sites, workerConnections = 512, workers = 1, user }: NginxMain): string {
    const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    return `${user === undefined ? "" : `user ${user};\n`}worker_processes ${workers};
worker_rlimit_nofile ${2 * workerConnections + 100};
daemon off;
pid ${path.join(folder, "nginx.pid")};
error_log stderr warn;
events {
    worker_connections ${workerConnections};
}
http {
    access_log ${path.join(folder, "access.log")};
${temporary.map(name => `    ${name}_temp_path ${path.join(folder, `${name}-temp`)};`).join("\n")}
${sites.map(file => `    include ${file};`).join("\n")}
}
`
}
