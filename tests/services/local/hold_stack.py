"""Start a small local stack, say what it is on standard output, and wait to be ended. Usage: PARENT_DIR."""

import json
import sys
import time
from pathlib import Path

from ommatid_fleet.local import FlinkClusterOptions, LocalStack, terminate_on_sigterm


def main(parent_dir: Path) -> None:
    """Hold the stack until a signal ends this process."""
    options = FlinkClusterOptions(task_managers=1)
    with terminate_on_sigterm(), LocalStack(parent_dir=parent_dir, cluster_options=options) as stack:
        children = [stack.broker.child, *stack.cluster.children]
        known = {"state_dir": str(stack.state_dir), "pids": [child.pid for child in children]}
        sys.stdout.write(json.dumps(known) + "\n")
        sys.stdout.flush()
        time.sleep(600)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
