"""Base job templates of the work pools: TYPE.yaml, and TYPE_gpu.yaml with what a GPU pool adds."""
