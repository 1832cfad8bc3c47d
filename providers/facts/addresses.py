"""Which addresses, ports and host names a URL check may never reach, and which only the operator may allow."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network

# The WHATWG fetch standard's bad ports (https://fetch.spec.whatwg.org/#port-blocking): browsers refuse them too.
BLOCKED_PORTS = frozenset(
    {
        0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109,
        110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530,
        531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190,
        5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
    }
)  # fmt: skip

# Not public (IANA's special-purpose registries). `ipaddress.is_global` is no guard: its answers differ by release.
PRIVATE_V4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32",
    )
)  # fmt: skip
# Public IPv6 is what lies in 2000::/3 and in none of these; every mapped, NAT64, local and multicast form is outside.
PUBLIC_V6 = IPv6Network("2000::/3")
PRIVATE_V6 = tuple(IPv6Network(text) for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))

# Never reached, whatever the operator allows: metadata services and what else clouds serve credentials on, with whole
# networks where they add to it, the link-local ones that RFC 3927 reserves, "this host", multicast, and IPv6 that wraps
# IPv4.
NEVER_V4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8", "169.254.0.0/24", "169.254.42.42/32", "169.254.100.1/32", "169.254.128.0/22", "169.254.169.0/24",
        "169.254.170.0/24", "169.254.255.0/24", "168.63.129.16/32", "100.80.80.80/32", "100.96.0.96/32",
        "100.100.100.200/32", "192.0.0.192/32", "224.0.0.0/4", "240.0.0.0/4",
    )
)  # fmt: skip
NEVER_V6 = tuple(
    IPv6Network(text)
    for text in (
        "::/128", "fd00:ec2::254/128", "fd00:ec2::23/128", "fd20:ce::254/128", "fd00:c1::a9fe:a9fe/128",
        "fd00:42::42/128", "fd00:a9fe:a9fe::1/128", "fd00:100::100:200/128", "fe80::a9fe:a9fe/128", "ff00::/8",
        "2002::/16", "2001::/32", "64:ff9b::/96", "64:ff9b:1::/48", "::ffff:0:0/96", "::ffff:0:0:0/96",
    )
)  # fmt: skip
LOOPBACK_V4, LOOPBACK_V6 = IPv4Network("127.0.0.0/8"), IPv6Network("::1/128")
# ::a.b.c.d, deprecated by RFC 4291; ::1 is in it and is judged as loopback.
COMPATIBLE_V6 = IPv6Network("::/96")

METADATA_HOSTS = frozenset(
    {
        "instance-data",
        "instance-data.ec2.internal",
        "metadata",
        "metadata.azure.internal",
        "metadata.goog",
        "metadata.google.internal",
        "metadata.tencentyun.com",
    }
)
