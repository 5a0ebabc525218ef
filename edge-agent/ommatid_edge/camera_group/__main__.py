"""``python -m ommatid_edge.camera_group PIPE_FD``: started by the agent, of no use by hand."""

import sys

from ommatid_edge.camera_group.child import serve

serve(int(sys.argv[1]))
