"""Where no URL check may go, by class, and what lies just outside and is anybody's; beside ../shared's ssrf.json.

Blocks are IANA's special-purpose registries (https://www.iana.org/assignments/iana-ipv4-special-registry and -ipv6-)
and what clouds serve credentials on, written out here once more: nothing of the guard's own table is imported.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network

# A block, and the neighbours before and after it that are public; None where the neighbour is special too.
BLOCKS_V4 = (
    ("0.0.0.0/8", None, "1.0.0.0"),
    ("10.0.0.0/8", "9.255.255.255", "11.0.0.0"),
    ("100.64.0.0/10", "100.63.255.255", "100.128.0.0"),
    ("127.0.0.0/8", "126.255.255.255", "128.0.0.0"),
    ("169.254.0.0/16", "169.253.255.255", "169.255.0.0"),
    ("172.16.0.0/12", "172.15.255.255", "172.32.0.0"),
    ("192.0.0.0/24", "191.255.255.255", "192.0.1.0"),
    ("192.0.2.0/24", "192.0.1.255", "192.0.3.0"),
    ("192.88.99.0/24", "192.88.98.255", "192.88.100.0"),
    ("192.168.0.0/16", "192.167.255.255", "192.169.0.0"),
    ("198.18.0.0/15", "198.17.255.255", "198.20.0.0"),
    ("198.51.100.0/24", "198.51.99.255", "198.51.101.0"),
    ("203.0.113.0/24", "203.0.112.255", "203.0.114.0"),
    ("224.0.0.0/4", "223.255.255.255", None),
    ("240.0.0.0/4", None, None),
    ("168.63.129.16/32", "168.63.129.15", "168.63.129.17"),
)
BLOCKS_V6 = (
    ("::/128", None, None),
    ("::1/128", None, None),
    ("100::/64", None, None),
    ("100:0:0:1::/64", None, None),
    ("1000::/4", None, "2000::"),
    ("2001::/23", "2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:200::"),
    ("2001:2::/48", None, None),
    ("2001:10::/28", None, None),
    ("2001:20::/28", None, None),
    ("2001:db8::/32", "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::"),
    ("3fff::/20", "3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:1000::"),
    ("4000::/3", "3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", None),
    ("5f00::/16", None, None),
    ("fc00::/7", None, None),
    ("fe80::/10", None, None),
    ("fec0::/10", None, None),
    ("ff00::/8", None, None),
)
# IPv4 in IPv6: mapped, compatible, translated, NAT64 (well-known and local), 6to4, Teredo, ISATAP.
WRAPPED = (
    *("::ffff:127.0.0.1", "::ffff:7f00:1", "0:0:0:0:0:ffff:a9fe:a9fe", "::ffff:8.8.8.8", "::127.0.0.1", "::a00:1"),
    *("::ffff:0:127.0.0.1", "::ffff:0:a9fe:a9fe", "64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b::808:808"),
    *("64:ff9b:1::7f00:1", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", "2002::", "2002:7f00:1::1", "2002:a9fe:a9fe::1"),
    *("2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2001::", "2001:0:7f00:1::", "2001:0:4136:e378:8000:63bf:3fff:fdd2"),
    *("fe80::5efe:127.0.0.1", "fe80::5efe:a00:1"),
)
WRAPPED_NEIGHBOURS = ("2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2003::", "2001:200:4136:e378::1")
# What clouds serve credentials on. The first three lie in networks that an operator may well allow.
METADATA = (
    *("fd00:ec2::254", "100.100.100.200", "192.0.0.192", "fd00:ec2::23", "fd20:ce::254", "fd00:c1::a9fe:a9fe"),
    *("fd00:42::42", "fd00:a9fe:a9fe::1", "fd00:100::100:200", "168.63.129.16", "169.254.169.254", "169.254.170.2"),
    *("169.254.170.23", "169.254.42.42", "169.254.0.23", "fe80::a9fe:a9fe", "169.254.169.123", "169.254.169.253"),
    *("169.254.169.0", "169.254.169.255", "169.254.170.0", "169.254.170.255", "169.254.100.1", "169.254.128.1"),
    *("169.254.129.2", "169.254.130.3", "169.254.131.2", "169.254.255.2", "100.80.80.80", "100.96.0.96"),
)
METADATA_NEIGHBOURS = (
    *("fd00:ec2::253", "100.100.100.199", "192.0.0.193", "fd20:ce::255", "fd00:c1::a9fe:a9fd", "fd00:42::43"),
    *("fd00:a9fe:a9fe::2", "fd00:100::100:201", "169.254.1.0", "169.254.42.43", "fe80::a9fe:a9fd"),
    *("169.254.100.2", "169.254.127.255", "169.254.132.0", "169.254.254.255", "100.80.80.81", "100.96.0.97"),
)


def first_and_last(blocks: tuple[tuple[str, str | None, str | None], ...]) -> tuple[str, ...]:
    """Return each block's first and last address."""
    networks = [ip_network(block) for block, _, _ in blocks]
    return tuple(dict.fromkeys(str(one) for network in networks for one in (network[0], network[-1])))


def beside(blocks: tuple[tuple[str, str | None, str | None], ...]) -> tuple[str, ...]:
    """Return the public addresses just outside the blocks."""
    return tuple(one for _, before, after in blocks for one in (before, after) if one)


def urls(addresses: tuple[str, ...]) -> tuple[str, ...]:
    """Return a URL with each address in it."""
    return tuple(f"http://[{one}]/" if ":" in one else f"http://{one}/" for one in addresses)


# By class: what is refused because the URL itself shows it.
HOSTILE: dict[str, tuple[str, ...]] = {
    "decimal": (
        *("http://2130706433/", "http://3232235777/", "http://2852039166/", "http://0/", "http://00/", "http://1/"),
        *("http://4294967295/", "http://4294967296/", "http://6425673729/", "http://2130706433:8080/"),
    ),
    "octal": (
        *("http://017700000001/", "http://0177.0.0.1/", "http://0177.0.0.01/", "http://0300.0250.0.1/"),
        *("http://0251.0376.0251.0376/", "http://127.0.0.01/", "http://00127.0.0.1/", "http://127.000.000.001/"),
        *("http://012.1.2.3/", "http://08.0.0.1/"),
    ),
    "hexadecimal": (
        *("http://0x7f000001/", "http://0X7F000001/", "http://0x7f.0.0.1/", "http://0x7f.0x0.0x0.0x1/", "http://0x/"),
        *("http://0xa9fea9fe/", "http://0xa9.0xfe.0xa9.0xfe/", "http://0x100000000/", "http://127.0.0.0x1/"),
        *("http://0xc0.0250.1/", "http://a.0x7f/"),
    ),
    "short": (
        *("http://127.1/", "http://127.0.1/", "http://10.1/", "http://192.168.1/", "http://169.254.43518/"),
        *("http://1.1/", "http://10.0xffffff/", "http://0x7f.1/"),
    ),
    "too much of an address": (
        *("http://256.0.0.1/", "http://127.0.0.256/", "http://1.2.3.4.5/", "http://127.0.0.1./", "http://127..0.0.1/"),
        *("http://.127.0.0.1/", "http://127.0.0.1:80:80/", "http://[::1]x/", "http://[::1/", "http://::1/"),
        *("http://[]/", "http://[127.0.0.1]/", "http://[1::2::3]/", "http://[::ffff:127.1]/", "http://[::g]/"),
    ),
    "IPv4 blocks": urls(first_and_last(BLOCKS_V4)),
    "IPv6 blocks": urls(first_and_last(BLOCKS_V6)),
    "IPv4 in IPv6": urls(WRAPPED),
    "zone ids": (
        *("http://[fe80::1%25eth0]/", "http://[fe80::1%eth0]/", "http://[fe80::1%251]/", "http://[::1%25lo]/"),
        *("http://[2606:4700::1%25lo]/", "http://[fe80::1%25]/", "http://[fe80::1%25%65th0]/"),
    ),
    "loopback by name": (
        *("http://localhost/", "http://LOCALHOST/", "http://localhost./", "http://localhost:8000/"),
        *("http://a.localhost/", "http://a.b.LocalHost./"),
    ),
    "metadata": (
        *urls(METADATA),
        *("http://metadata.google.internal/", "http://METADATA.GOOGLE.INTERNAL./", "http://metadata/"),
        *("http://metadata.goog/", "http://instance-data/", "http://instance-data.ec2.internal/latest/"),
        *("http://metadata.azure.internal/", "http://metadata.tencentyun.com/"),
    ),
    "userinfo": (
        *("http://user@example.org/", "http://user:pass@example.org/", "http://@example.org/", "http://:@example.org/"),
        *("http://example.org@10.0.0.1/", "http://example.org:80@10.0.0.1/", "http://example.org;@10.0.0.1/"),
        *("http://10.0.0.1@example.org/", "http://a@b@example.org/", "http://user%40x@example.org/"),
    ),
    "look-alikes": (
        *("http://①②⑦.⓪.⓪.①/", "http://\uff11\uff12\uff17.0.0.1/", "http://127。0。0。1/", "http://127\uff0e0\uff0e0\uff0e1/"),
        *("http://127\uff610\uff610\uff611/", "http://127\u20240\u20240\u20241/", "http://\u0661\u0662\u0667.0.0.1/"),
        *("http://\uff4c\uff4f\uff43\uff41\uff4c\uff48\uff4f\uff53\uff54/", "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/", "http://\U0001d7cf\U0001d7d0\U0001d7d5.\U0001d7ce.\U0001d7ce.\U0001d7cf/"),
        *("http://\uff45xample.org/", "http://\u212fxample.org/", "http://example\u3002org/", "http://exam\u2100ple.org/"),
        *("http://\u212aelvin.example.org/", "http://\u017fecret.example.org/", "http://169.254.169.\uff1254/"),
        *("http://\u2488\u2488\u2488\u2488/",),
    ),
    "no name of the internet": (
        *("http://xn--zzzzzz9999/", "http://xn--/", "http://xn--a.example.org/", "http://\u0301a.example.org/"),
        *("http://a\u0378b.example.org/", "http://אa.example.org/", "http://-a.example.org/", "http://a-.example.org/"),
        *("http://a..example.org/", "http://example.org../", "http://./", "http://.example.org/", "http://a!b/"),
        *("http://a,b/", "http://%31%32%37.0.0.1/", "http://a%2eb/", "http://10.0.0.1%23.example.org/", "http://*/"),
        *("http://example.org%00.10.0.0.1/", "http://example.org%2f@10.0.0.1/"),
    ),
    "ports": tuple(
        f"http://example.org:{port}/"
        for port in (
            *("0", "1", "7", "21", "22", "23", "25", "53", "69", "110", "111", "123", "135", "139", "143", "179"),
            *("389", "465", "514", "587", "636", "993", "995", "1723", "2049", "5060", "6000", "6566", "6667", "6697"),
            *("10080", "65536", "99999", "080", "-1", "+80", "8x", "80:80", "%38%30", "\uff18\uff10"),
        )
    ),
    "schemes": (
        *("ftp://example.org/", "file:///etc/passwd", "file://example.org/etc/passwd", "gopher://example.org:70/_x"),
        *("dict://example.org/", "ldap://example.org/", "ws://example.org/", "sftp://example.org/", "jar:http://a/!/"),
        *("javascript://example.org/%0aalert(1)", "data:text/html,x", "view-source:http://example.org/", "about:blank"),
        *("unix:///var/run/docker.sock", "httpx://example.org/", "http+unix://x/", "//example.org/", "example.org"),
        *("http:example.org", "http:/example.org", "http:///example.org", "http://", "http://:80/", "http//a/", "?"),
    ),
    "control characters and blanks": tuple(
        url
        for one in (
            *"\x00\x01\t\n\v\f\r\x1b\x1f \x7f\x80\x85\x9f\xa0\xad\u1680\u180e\u2000\u200b\u200d\u200e",
            *"\u2028\u2029\u202e\u202f\u205f\u2060\u3000\ufeff",
        )
        for url in (f"http://exam{one}ple.org/", f"http://example.org/{one}x")
    ),
    "splitting": (
        *("http://example.org\\@10.0.0.1/", "http://example.org\\.10.0.0.1/", "http:\\\\example.org/"),
        *("http://10.0.0.1#@example.org/", "http://10.0.0.1?@example.org/", "http://10.0.0.1:80#@example.org:80/"),
        *("http://example.org /", " http://example.org/", "http://example.org/\r\nHost:10.0.0.1", "http://10.0.0.1;x/"),
        *("http://[::1]@example.org/", "http://[::1].example.org/", "http://example.org:80\\@[::1]/", "http://a&b/"),
    ),
    "lengths": (
        f"http://example.org/{'x' * 2030}",
        f"http://{'a' * 64}.example.org/",
        f"http://{'a.' * 126}aa/",
        f"http://{'ü' * 60}.example.org/",
    ),
}  # fmt: skip

# By the same classes: what lies just outside, and is dialled.
HONEST: dict[str, tuple[str, ...]] = {
    "IPv4 blocks": urls(beside(BLOCKS_V4)),
    "IPv6 blocks": urls(beside(BLOCKS_V6)),
    "IPv4 in IPv6": urls(WRAPPED_NEIGHBOURS),
    "names that look like addresses": (
        *("http://10.0.0.1.example.org/", "http://127.0.0.1.nip.example/", "http://0x7f.example.org/", "http://1.a/"),
        *("http://localhost.example.org/", "http://notlocalhost/", "http://metadata.example.org/", "http://a.0xyz/"),
    ),
    "userinfo": ("http://example.org/@10.0.0.1/", "http://example.org?user@10.0.0.1", "http://example.org#@10.0.0.1/"),
    "look-alikes": (
        *("http://münchen.example.org/", "http://日本.example/", "http://xn--mnchen-3ya.example.org/"),
        *("http://faß.example.org/", "http://пример.example/", "http://MÜNCHEN.Example.ORG/"),
    ),
    "ports": tuple(f"http://example.org:{port}/" for port in ("", "80", "443", "2", "24", "8080", "9200", "65535")),
    "schemes": ("HTTP://example.org/", "hTTp://example.org", "http://example.org?x", "http://example.org#x"),
    "control characters and blanks": (
        *("http://example.org/%0d%0aHost:%2010.0.0.1", "http://example.org/%00", "http://example.org/\u00a1"),
        "http://example.org/%E2%80%8A",
    ),
    "splitting": (
        *("http://example.org/?u=http://10.0.0.1/", "http://example.org/http://10.0.0.1/", "http://example.org/;x"),
        *("http://example.org./", "http://example.org//10.0.0.1/", "http://example.org/a,b", "http://http://10.0.0.1/"),
    ),
    "lengths": (
        f"http://example.org/{'x' * 2029}",
        f"http://{'a' * 63}.example.org/",
        f"http://{'a.' * 125}aaa/",
    ),
}  # fmt: skip


def hostile() -> Iterator[str]:
    """Yield every hostile URL of these tables once."""
    yield from dict.fromkeys(url for urls in HOSTILE.values() for url in urls)
