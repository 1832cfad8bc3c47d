"""The other end of the wire: an upstream that takes 50 ms for an answer, over HTTP and TLS, in its own process."""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
from pathlib import Path

DELAY_SECONDS = 0.05
HANG_SECONDS = 30
BODY = json.dumps({"hits": []}).encode()
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY)


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer each request of a connection after the delay; what has `hang` in its path gets none."""
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            await asyncio.sleep(HANG_SECONDS if b"hang" in head.partition(b"\r\n")[0] else DELAY_SECONDS)
            writer.write(ANSWER)
            await writer.drain()
            if b"connection: close" in head.lower():
                break
    except (OSError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()


async def main(certificate: str) -> None:
    """Print the two ports, and serve until the process is ended."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, Path(certificate).with_name("key.pem"))
    plain = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=4096)
    secure = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=4096, ssl=context)
    print(plain.sockets[0].getsockname()[1], secure.sockets[0].getsockname()[1], flush=True)
    await asyncio.gather(plain.serve_forever(), secure.serve_forever())


if __name__ == "__main__":
    asyncio.run(main(str(Path(sys.argv[1]))))
