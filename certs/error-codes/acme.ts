/** Error codes of the sources of certificates: ACME CAs (RFC 8555), and certbot. */
import type { ErrorRow } from "./row.ts"

export const acmeErrors = {
    ACME_UNREACHABLE: {
        exit: 1,
        what: "The ACME CA cannot be reached, or its certificate is not trusted.",
        next: "check the address of its directory and this machine's network; for a private CA, name its root with --acme-ca",
    },
    ACME_SERVER_ERROR: {
        exit: 1,
        what: "The ACME CA failed, or replied with something that ACME does not allow.",
        next: "wait for the next round, which tries again; see the status page of the CA if it goes on",
    },
    ACME_RATE_LIMITED: {
        exit: 1,
        what: "The ACME CA has issued, or refused, too many certificates lately.",
        next: "wait for the next round that the CA allows; use its staging directory for experiments",
    },
    ACME_ACCOUNT_REFUSED: {
        exit: 1,
        what: "The ACME CA refuses the account.",
        next: "correct the e-mail address, or get a key identifier and HMAC key (EAB) from the CA if it asks for one; of an account that the CA has deactivated, remove account-HOST.json in the edge folder: the next round makes a new one",
    },
    ACME_ACCOUNT_BROKEN: {
        exit: 1,
        what: "The file with the ACME account's key cannot be read.",
        next: "restore it from a backup, or remove it: the next round makes a new account",
    },
    ACME_EXTERNAL_ACCOUNT_INVALID: {
        exit: 2,
        what: "The key identifier or the HMAC key of the external account (EAB) cannot be used.",
        next: "give both as the CA shows them, the HMAC key as base64url in a file or in ACME_EAB_HMAC_KEY",
    },
    ACME_PROFILE_UNKNOWN: {
        exit: 2,
        what: "The source of certificates does not offer this profile.",
        next: "choose one that it offers with --profile, or leave --profile out",
    },
    ACME_ORDER_INVALID: {
        exit: 1,
        what: "The ACME CA refuses to issue a certificate for these names.",
        next: "correct what the CA's message says about the name: its spelling, its CAA records, or the CA's policy",
    },
    ACME_CHALLENGE_FAILED: {
        exit: 1,
        what: "The ACME CA could not check that this server has the name.",
        next: "check from outside that the name leads to this server and port 80 is open, or use --acme-dns-hook",
    },
    ACME_HOOK_FAILED: {
        exit: 1,
        what: "The command that sets DNS records for the ACME CA failed.",
        next: "run it by hand with ACME_ACTION, ACME_NAME and ACME_VALUE in its environment",
    },
    ACME_HTTP_PORT_UNAVAILABLE: {
        exit: 1,
        what: "The port on which the ACME CA checks the name cannot be opened.",
        next: "stop what listens on it, or have that serve a webroot; a port below 1024 needs root or CAP_NET_BIND_SERVICE",
    },
    CERTBOT_MISSING: { exit: 1, what: "certbot is not installed.", next: "install it: apt install certbot" },
    CERTBOT_FAILED: {
        exit: 1,
        what: "certbot did not obtain a certificate.",
        next: "see its log in certbot/logs of the edge folder",
    },
    CERTBOT_LINEAGE_MISSING: {
        exit: 1,
        what: "There is no certificate of certbot in this folder.",
        next: "name the folder of the certificate below /etc/letsencrypt/live with --certbot-live",
    },
    CERTBOT_NOT_RENEWED: {
        exit: 1,
        what: "certbot has not renewed its certificate, although it is time.",
        next: "run certbot renew and see its log, /var/log/letsencrypt/letsencrypt.log",
    },
} satisfies Record<string, ErrorRow>
