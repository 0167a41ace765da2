"""Builds the bundle of a PEM file's certificates as gen_crt_bundle.py of ESP-IDF v5.0 does; prints durations (ms) and the hash of the bytes as JSON.

usage: bundle.py FILE RUNS
exit code 3: python-cryptography is not installed
"""
import hashlib
import json
import struct
import sys
import time
import warnings

try:
    import cryptography
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
except ImportError:
    sys.exit(3)

warnings.filterwarnings("ignore")  # the serial number of some roots is zero


def entry(certificate):
    spki = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return certificate.subject.public_bytes(), spki


def bundle(pem):
    entries = sorted({entry(certificate) for certificate in x509.load_pem_x509_certificates(pem)})
    packed = [struct.pack(">HH", len(name), len(key)) + name + key for name, key in entries]
    return struct.pack(">H", len(entries)) + b"".join(packed)


def timed(pem):
    start = time.perf_counter()
    made = bundle(pem)
    return (time.perf_counter() - start) * 1000, made


with open(sys.argv[1], "rb") as file:
    pem = file.read()
runs = [timed(pem) for _ in range(int(sys.argv[2]))]
print(json.dumps({
    "version": cryptography.__version__,
    "ms": [ms for ms, _ in runs],
    "sha256": hashlib.sha256(runs[0][1]).hexdigest(),
}))
