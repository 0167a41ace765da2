/**
 * The commands of the command line. Only the file of the command that is named is loaded, so that the others cost no
 * time. A command is one line here and one file in commands/.
 */
import { Command, type CommanderError, type CommandUnknownOpts } from "@commander-js/extra-typings"
import { AirpinError } from "../certs/error.ts"

/** Each command: its summary for --help, and its file. */
export const commands: Record<string, [summary: string, load: () => Promise<{ definition: CommandUnknownOpts }>]> = {
    setup: [
        "ask for server, room and board, check each answer, and end with the first reading",
        () => import("./commands/setup/setup.ts"),
    ],
    pin: ["choose the anchors that devices trust, from the chain a server presents", () => import("./commands/pin.ts")],
    bundle: ["write the anchors as an ESP-IDF certificate bundle, or show one", () => import("./commands/bundle.ts")],
    trust: ["show whether the chip accepts a server's chain, and why", () => import("./commands/trust.ts")],
    rehearse: ["show which possible future chains the chip accepts", () => import("./commands/rehearse.ts")],
    build: ["compile the firmware and show its size", () => import("./commands/build.ts")],
    image: ["make a board's flash image, pin one again, or show one", () => import("./commands/image.ts")],
    flash: ["write an image to a chip and verify it", () => import("./commands/flash.ts")],
    fleet: [
        "flash and label the devices of a list, show what they trust, and pin them again",
        () => import("./commands/fleet/fleet.ts"),
    ],
    sim: ["run virtual devices, against a server of yours or one of their own", () => import("./commands/sim.ts")],
    soak: ["run virtual devices for days under random faults", () => import("./commands/soak.ts")],
    serve: ["serve the REST API and its page over HTTPS", () => import("./commands/service/serve.ts")],
    edge: ["write a site for nginx or HAProxy, in front of the API", () => import("./commands/edge/edge.ts")],
    device: ["manage device tokens, reported state and desired settings", () => import("./commands/service/device.ts")],
    db: ["show, prune, back up, restore or move the database", () => import("./commands/service/db.ts")],
    alert: [
        "test the channels of alerts, list alerts, give a device its own limits",
        () => import("./commands/service/alert.ts"),
    ],
    site: [
        "set the school's name, limits of CO2, lessons, holidays and groups of rooms",
        () => import("./commands/service/site.ts"),
    ],
    admin: ["manage who may log in", () => import("./commands/service/admin.ts")],
    link: ["manage the links with which people and tools read", () => import("./commands/service/link.ts")],
    renew: [
        "renew the server's certificate, but never to one that a device would refuse",
        () => import("./commands/edge/renew.ts"),
    ],
    ca: ["make a private root to keep offline, and certificates from it", () => import("./commands/ca.ts")],
    bench: [
        "measure the API, bytes on the wire, and the time to make bundles and images",
        () => import("./commands/bench/bench.ts"),
    ],
    errors: ["list the error codes: exit status, what happened, next step", () => import("./commands/errors.ts")],
    doctor: ["check this machine for what airpin needs", () => import("./commands/doctor.ts")],
}

const exitStatuses = `Exit status:
  0   fine
  1   failed: the error on stderr ends in its [CODE]; airpin errors CODE explains it
  2   wrong usage
  10  needs attention soon
  20  devices will refuse the server
  130, 143  interrupted by SIGINT or SIGTERM; sim, serve and flash --web end as usual at the first signal`

/** Help or the version was shown, and nothing else is to be done. */
export class HelpShown extends Error {}

/**
 * Runs the command that the arguments name.
 *
 * @throws HelpShown; AirpinError USAGE_WRONG; commands print their own errors
 */
export async function runProgram(args: string[]): Promise<void> {
    const program = new Command("airpin")
        .description("TypeScript firmware for ESP32 air-quality clients that trust exactly the servers you chose")
        .version("0.1.0")
        .option("--json", "print one JSON document for machines")
        .option("-q, --quiet", "show no progress")
        .configureHelp({ showGlobalOptions: true })
        .configureOutput({ outputError: () => undefined }) // whoever catches the error prints it
        .addHelpText("after", `\n${exitStatuses}`)
    /** The words that may name a command: `airpin NAME …` or `airpin help NAME`. */
    const named = args.filter(text => !text.startsWith("-")).slice(0, 2)
    for (const [name, [summary, load]] of Object.entries(commands)) {
        const command = named.includes(name) ? (await load()).definition : new Command()
        program.addCommand(inherit(command.name(name).description(summary), program))
    }
    await throwing(program, "airpin").parseAsync(args, { from: "user" })
}

/** The command and its subcommands, with the settings of the program. */
function inherit(command: CommandUnknownOpts, from: CommandUnknownOpts): CommandUnknownOpts {
    command.copyInheritedSettings(from)
    for (const subcommand of command.commands) inherit(subcommand, command)
    return command
}

/** The command and its subcommands, which throw what they end with. */
function throwing(command: CommandUnknownOpts, path: string): CommandUnknownOpts {
    for (const subcommand of command.commands) throwing(subcommand, `${path} ${subcommand.name()}`)
    return command.exitOverride(error => {
        throw error.exitCode === 0 ? new HelpShown() : wrongUsage(error, path)
    })
}

function wrongUsage({ code, message }: CommanderError, path: string): AirpinError {
    const what = code === "commander.help" ? `${path} needs a command` : message.replace(/^error: /, "")
    return new AirpinError("USAGE_WRONG", what.replaceAll(/\s*\n\s*/g, " "), `see ${path} --help`)
}
