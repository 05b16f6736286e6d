"""The same worker in Temporal's Python SDK: temporal_python.py ADDRESS. Prints CPU and largest memory at SIGTERM."""

import asyncio
import concurrent.futures
import datetime
import json
import resource
import signal
import sys

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.worker import Worker


@activity.defn
def nothing(value: str) -> str:
    return value


@workflow.defn(name="bench")
class Bench:
    @workflow.run
    async def run(self, steps: int) -> str:
        result = ""
        for _ in range(steps):
            result = await workflow.execute_local_activity(nothing, "payload", start_to_close_timeout=datetime.timedelta(seconds=60))
        return result


async def main():
    end = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, end.set)
    client = await Client.connect(sys.argv[1])
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        async with Worker(client, task_queue="bench-python", workflows=[Bench], activities=[nothing], activity_executor=pool):
            await end.wait()
            used = resource.getrusage(resource.RUSAGE_SELF)
            print(json.dumps({"cpu": used.ru_utime + used.ru_stime, "kb": used.ru_maxrss}), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
