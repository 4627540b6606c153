"""Chromium over its DevTools protocol, without a driver: a page that can be looked at and used.

https://chromedevtools.github.io/devtools-protocol/
"""

import asyncio
import base64
import contextlib
import json
import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp

CHROMIUM = "/usr/bin/chromium"

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",
)


class Page:
    """One tab. Times are in seconds."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._count = 0
        self.complaints: list[str] = []  #: What the console and the security policy said.
        self._reader = asyncio.create_task(self._read())

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._count += 1
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._answers[self._count] = answer
        await self._socket.send_json({"id": self._count, "method": method, "params": parameters})
        async with asyncio.timeout(30):
            return await answer

    async def open(self, url: str) -> None:
        await self.call("Page.navigate", url=url)

    async def reload(self) -> None:
        await self.call("Page.reload")

    async def value(self, expression: str) -> Any:
        """What the JavaScript `expression` gives, as JSON."""
        result = await self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in result:
            raise RuntimeError(f"{expression}: {result['exceptionDetails']}")
        return result["result"].get("value")

    async def until(self, expression: str, seconds: float = 10.0) -> Any:
        """Wait until `expression` is true. On failure says what the page shows."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with contextlib.suppress(RuntimeError):
                if found := await self.value(expression):
                    return found
            await asyncio.sleep(0.03)
        shown = await self.value("document.body.innerText")
        raise AssertionError(f"not within {seconds:g} s: {expression}\n{shown}\n{self.complaints}")

    async def click(self, selector: str, label: str | None = None) -> None:
        """A real click in the middle of the element, which must be in sight and on top."""
        found = await self.until(
            f"""(() => {{
                const all = [...document.querySelectorAll({json.dumps(selector)})];
                const wanted = {json.dumps(label)};
                const it = all.filter((e) => wanted === null || e.textContent === wanted).pop();
                if (!it) return null;
                it.scrollIntoView({{block: "nearest"}});
                const box = it.getBoundingClientRect();
                const at = [box.x + box.width / 2, box.y + box.height / 2];
                return it.contains(document.elementFromPoint(...at)) ? at : null;
            }})()"""
        )
        for kind in ("mousePressed", "mouseReleased"):
            await self.call(
                "Input.dispatchMouseEvent",
                type=kind,
                x=found[0],
                y=found[1],
                button="left",
                clickCount=1,
            )

    async def type(self, text: str) -> None:
        await self.call("Input.insertText", text=text)

    async def key(self, key: str, *, shift: bool = False) -> None:
        codes = {"Enter": 13, "Tab": 9, " ": 32}
        event = {"key": key, "code": key, "windowsVirtualKeyCode": codes[key]}
        event["modifiers"] = 8 if shift else 0
        if key in ("Enter", " "):
            event["text"] = "\r" if key == "Enter" else " "
        await self.call("Input.dispatchKeyEvent", type="keyDown", **event)
        event.pop("text", None)
        await self.call("Input.dispatchKeyEvent", type="keyUp", **event)

    async def sized(self, width: int, height: int, *, phone: bool = False) -> None:
        await self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=2 if phone else 1,
            mobile=phone,
        )
        await self.call("Emulation.setTouchEmulationEnabled", enabled=phone)

    async def prefers(self, **features: str) -> None:
        """Media features, such as `color_scheme="dark"`."""
        await self.call(
            "Emulation.setEmulatedMedia",
            features=[
                {"name": f"prefers-{name.replace('_', '-')}", "value": value}
                for name, value in features.items()
            ],
        )

    async def speaks(self, language: str) -> None:
        agent = await self.value("navigator.userAgent")
        await self.call("Network.setUserAgentOverride", userAgent=agent, acceptLanguage=language)

    async def without_script(self) -> None:
        await self.call("Emulation.setScriptExecutionDisabled", value=True)

    async def network(self, *, offline: bool = False, latency: float = 0.0) -> None:
        await self.call(
            "Network.emulateNetworkConditions",
            offline=offline,
            latency=latency * 1000,
            downloadThroughput=-1,
            uploadThroughput=-1,
        )

    async def screenshot(self, path: Path) -> None:
        taken = await self.call("Page.captureScreenshot", format="png")
        await asyncio.to_thread(path.write_bytes, base64.b64decode(taken["data"]))

    async def close(self) -> None:
        self._reader.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._reader
        await self._socket.close()

    async def _read(self) -> None:
        async for message in self._socket:
            said = json.loads(message.data)
            if answer := self._answers.pop(said.get("id"), None):
                if answer.done():
                    continue
                if "error" in said:
                    answer.set_exception(RuntimeError(said["error"]["message"]))
                else:
                    answer.set_result(said["result"])
            elif said.get("method") == "Log.entryAdded":
                self.complaints.append(said["params"]["entry"]["text"])
            elif said.get("method") == "Runtime.exceptionThrown":
                details = said["params"]["exceptionDetails"]
                self.complaints.append(str(details.get("exception", {}).get("description")))


class Browser:
    """One Chromium, from which `page` opens tabs that share nothing."""

    def __init__(self, client: aiohttp.ClientSession, port: int) -> None:
        self._client = client
        self._address = f"127.0.0.1:{port}"

    @contextlib.asynccontextmanager
    async def page(self, context: str | None = None) -> AsyncIterator[Page]:
        """A tab with cookies and storage of its own, or those of a `context`."""
        control = await self._connect(await self._browser_socket())
        context = context or await self.new_context()
        target = await control.call(
            "Target.createTarget", url="about:blank", browserContextId=context
        )
        page = await self._connect(f"ws://{self._address}/devtools/page/{target['targetId']}")
        for domain in ("Page", "Runtime", "Network", "Log"):
            await page.call(f"{domain}.enable")
        try:
            yield page
        finally:
            with contextlib.suppress(RuntimeError, TimeoutError):
                await control.call("Target.closeTarget", targetId=target["targetId"])
            await page.close()
            await control.close()

    async def new_context(self) -> str:
        """Cookies and storage that several tabs share."""
        control = await self._connect(await self._browser_socket())
        context: str = (await control.call("Target.createBrowserContext"))["browserContextId"]
        await control.close()
        return context

    async def _browser_socket(self) -> str:
        async with self._client.get(f"http://{self._address}/json/version") as answer:
            socket: str = (await answer.json())["webSocketDebuggerUrl"]
            return socket

    async def _connect(self, url: str) -> Page:
        return Page(await self._client.ws_connect(url, max_msg_size=0))


@contextlib.asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A fresh headless Chromium, which is gone when the block ends."""
    profile = Path(tempfile.mkdtemp(prefix="chromium-"))
    process = await asyncio.create_subprocess_exec(
        CHROMIUM,
        *FLAGS,
        f"--user-data-dir={profile}",
        "about:blank",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        port = await _port(profile, process)
        async with aiohttp.ClientSession() as client:
            yield Browser(client, port)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
        await asyncio.to_thread(_remove, profile)


def _remove(folder: Path) -> None:
    """Remove `folder`, into which children of a process that has ended may still write."""
    for _ in range(20):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.1)


async def _port(profile: Path, process: asyncio.subprocess.Process) -> int:
    file = profile / "DevToolsActivePort"
    async with asyncio.timeout(30):
        while True:
            if process.returncode is not None:
                raise RuntimeError(f"{CHROMIUM} ended with {process.returncode}")
            if file.exists() and (lines := file.read_text().split()):
                return int(lines[0])
            await asyncio.sleep(0.05)
